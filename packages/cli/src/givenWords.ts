import { Effect } from "effect"
import * as fs from "node:fs"
import { UsageError } from "./UsageError.ts"

const REPLACEMENT = "\uFFFD"

/**
 * Refuses words that are not the ones that were typed: of bytes that are no UTF-8 the runtime makes U+FFFD, and nobody
 * would be told. A U+FFFD that was typed is one.
 */
export const requireGivenWords = (words: ReadonlyArray<string>): Effect.Effect<void, UsageError> =>
  Effect.suspend(() => {
    const doubtful = words.filter((word) => word.includes(REPLACEMENT))
    const given = doubtful.length === 0 ? null : bytesGiven()
    const mangled = doubtful.find((word) => given !== null && !given.has(Buffer.from(word).toString("latin1")))
    return mangled === undefined
      ? Effect.void
      : Effect.fail(
          new UsageError({
            message: `${JSON.stringify(mangled.slice(0, 100))} was given in an encoding that is not UTF-8`,
            remedy: "Convert it first, e.g. with iconv; a message can come from standard input with `-`.",
          }),
        )
  })

/** The words of this process, a character a byte; null where the system does not tell. */
const bytesGiven = (): ReadonlySet<string> | null => {
  try {
    return new Set(fs.readFileSync("/proc/self/cmdline", "latin1").split("\0"))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null
    throw cause
  }
}
