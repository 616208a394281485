import { readShellWord } from "@kugetsu/core/domain/ShellWord"
import { Result } from "effect"

/**
 * The words of a line of shell that is one plain command, `kugetsu` first, without that word; else why it is not. Nothing
 * is expanded, and what would have to be is refused.
 */
export const readPmLine = (line: string): Result.Result<ReadonlyArray<string>, string> =>
  Result.gen(function* () {
    const words: Array<string> = []
    let at = skipBlanks(line, 0)
    while (at < line.length && !/[\r\n]/.test(line.charAt(at))) {
      const word = yield* Result.mapError(readShellWord(line, at, { home: null }), ({ reason }) => reason)
      words.push(word.value)
      at = skipBlanks(line, word.end)
    }
    if (line.slice(at).trim() !== "") return yield* Result.fail("a second line would be a second command")
    const [program, ...rest] = words
    if (program !== "kugetsu") return yield* Result.fail("it is no command of kugetsu")
    return rest
  })

const skipBlanks = (line: string, from: number): number => {
  let at = from
  while (line[at] === " " || line[at] === "\t") at += 1
  return at
}
