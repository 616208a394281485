import { Effect } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

export interface Line {
  /** Without its newline; the beginning only, where `cut`. */
  readonly text: string
  /** Longer than the limit. */
  readonly cut: boolean
  /** A newline came after it. Only the last line of a file that is being written, or was cut short, has none. */
  readonly ended: boolean
}

/** Visits the lines a file has now, holding one of them at a time, up to `maxBytes` of it. No file: no lines. */
export const eachLine = (
  file: string,
  maxBytes: number,
  visit: (line: Line) => void,
): Effect.Effect<void, HomeUnusable> =>
  Effect.acquireUseRelease(
    attempt("read", file, () => openIfThere(file)),
    (descriptor) => (descriptor === null ? Effect.void : visitAll(file, descriptor, maxBytes, visit)),
    (descriptor) => Effect.sync(() => descriptor !== null && fs.closeSync(descriptor)),
  )

const openIfThere = (file: string): number | null => (fs.existsSync(file) ? fs.openSync(file, "r") : null)

const visitAll = Effect.fnUntraced(function* (
  file: string,
  descriptor: number,
  maxBytes: number,
  visit: (line: Line) => void,
) {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  const pending = pendingLine(maxBytes)
  for (;;) {
    const size = yield* attempt("read", file, () => fs.readSync(descriptor, chunk))
    if (size === 0) break
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1 && end < size; end = chunk.indexOf(NEWLINE, start)) {
      pending.add(chunk.subarray(start, end))
      visit(pending.take(true))
      start = end + 1
    }
    pending.add(chunk.subarray(start, size))
    yield* Effect.yieldNow
  }
  if (pending.started()) visit(pending.take(false))
})

const pendingLine = (maxBytes: number) => {
  let parts: Array<Buffer> = []
  let kept = 0
  let cut = false
  return {
    started: () => kept > 0,
    add: (bytes: Buffer) => {
      const fitting = bytes.subarray(0, maxBytes - kept)
      cut ||= fitting.length < bytes.length
      if (fitting.length > 0) parts.push(Buffer.from(fitting)) // the chunk's memory is used again
      kept += fitting.length
    },
    take: (ended: boolean): Line => {
      const line = { text: Buffer.concat(parts).toString("utf8"), cut, ended }
      parts = []
      kept = 0
      cut = false
      return line
    },
  }
}
