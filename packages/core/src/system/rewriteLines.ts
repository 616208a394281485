import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable } from "./Files.ts"
import { moveFile, removeFile, syncDirectory } from "./FileSteps.ts"
import { eachLine } from "./Lines.ts"

/** Bytes. Of a longer line the rest is lost where the file is rewritten. */
const LINE_LIMIT = 32 * 1024 * 1024

type Change = (line: string) => string

/**
 * Puts what `change` makes of each line in the place of a log that nobody writes any more; a log in which nothing changes
 * is not touched. The old one or the new one is there at any moment, whole. `change` may remember lines: it is made anew
 * for each reading.
 */
export const rewriteLines = Effect.fn("rewriteLines")(function* (
  file: string,
  change: () => Change,
): Effect.fn.Return<void, HomeUnusable> {
  if (!(yield* isChanged(file, change()))) return
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${crypto.randomUUID()}.tmp`)
  yield* Effect.andThen(writeChanged(file, temporary, change()), moveFile(temporary, file)).pipe(
    Effect.onError(() => Effect.ignore(removeFile(temporary))),
  )
  yield* syncDirectory(path.dirname(file))
})

const isChanged = Effect.fnUntraced(function* (file: string, change: Change) {
  let changed = false
  yield* eachLine(file, LINE_LIMIT, ({ text }) => {
    changed = change(text) !== text || changed
  })
  return changed
})

const writeChanged = (file: string, temporary: string, change: Change) =>
  Effect.acquireUseRelease(
    attempt("write", temporary, () => fs.openSync(temporary, "wx", 0o600)),
    (descriptor) =>
      Effect.gen(function* () {
        const written: Array<Effect.Effect<void, HomeUnusable>> = []
        yield* eachLine(file, LINE_LIMIT, ({ ended, text }) => {
          const line = change(text) + (ended ? "\n" : "")
          if (written.length === 0) written.push(...writeFailure(temporary, descriptor, line))
        })
        yield* Effect.all(written, { discard: true })
        yield* attempt("write", temporary, () => fs.fsyncSync(descriptor))
      }),
    (descriptor) => Effect.sync(() => fs.closeSync(descriptor)),
  )

/** Writes now, in the middle of the reading; a failure is for after it. */
const writeFailure = (
  file: string,
  descriptor: number,
  text: string,
): ReadonlyArray<Effect.Effect<void, HomeUnusable>> => {
  try {
    fs.writeFileSync(descriptor, text)
    return []
  } catch (cause) {
    return [
      attempt("write", file, () => {
        throw cause
      }),
    ]
  }
}
