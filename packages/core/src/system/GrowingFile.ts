import { Effect } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

const NEWLINE = 0x0a

/**
 * Reads a file that another process appends to. Each call gives the lines completed since the last one; a line without
 * its newline waits for it. No file yet: no lines.
 */
export const growingFile = (file: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> => {
  let offset = 0
  let open: Array<Uint8Array> = []
  return attempt("read", file, () => {
    const fresh = readFrom(file, offset)
    offset += fresh.length
    const lines: Array<string> = []
    let start = 0
    for (let end = fresh.indexOf(NEWLINE); end !== -1; end = fresh.indexOf(NEWLINE, start)) {
      lines.push(Buffer.concat([...open, fresh.subarray(start, end)]).toString("utf8"))
      open = []
      start = end + 1
    }
    if (start < fresh.length) open.push(fresh.subarray(start))
    return lines
  })
}

const readFrom = (file: string, offset: number): Buffer => {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size <= offset) return Buffer.alloc(0)
  const descriptor = fs.openSync(file, "r")
  try {
    const buffer = Buffer.alloc(size - offset)
    return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, buffer.length, offset))
  } finally {
    fs.closeSync(descriptor)
  }
}
