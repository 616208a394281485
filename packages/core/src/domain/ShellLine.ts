import { Result } from "effect"
import { readShellWord, type ShellFault, type ShellWordOptions, skipToContent } from "./ShellWord.ts"

/** The words of a line, as a shell would part them; what would need a shell is a fault. */
export const readShellWords = (
  line: string,
  options: ShellWordOptions,
): Result.Result<ReadonlyArray<string>, ShellFault> =>
  Result.gen(function* () {
    const words: Array<string> = []
    for (let at = skipToContent(line, 0); at < line.length; at = skipToContent(line, at)) {
      const { end, value } = yield* readShellWord(line, at, options)
      words.push(value)
      at = end
    }
    return words
  })
