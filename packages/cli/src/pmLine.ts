import { readShellWord } from "@kugetsu/core/domain/ShellWord"
import { Result } from "effect"

/**
 * The words of a line of shell that is one plain command, `kugetsu` first, without that word; else why it is not. Nothing
 * is expanded: what would run something or stand for something is refused, and patterns and `#14` are taken as they are.
 */
export const readPmLine = (line: string): Result.Result<ReadonlyArray<string>, string> =>
  Result.gen(function* () {
    const words: Array<string> = []
    let at = skipBlanks(line, 0)
    while (at < line.length && !/[\r\n]/.test(line.charAt(at))) {
      if (/#\s/y.test(line.slice(at, at + 2)))
        return yield* Result.fail("# begins a comment; quote it with single quotes")
      const word = yield* Result.mapError(readShellWord(line, at, { home: null }), ({ reason }) => reason)
      words.push(word.value)
      at = skipBlanks(line, word.end)
    }
    if (line.slice(at).trim() !== "") return yield* Result.fail("a second line would be a second command")
    const [program, ...rest] = words
    if (program !== "kugetsu") return yield* Result.fail("it is no command of kugetsu")
    return rest
  })

/** Also over line ends that a backslash takes away. */
const skipBlanks = (line: string, from: number): number => {
  const blanks = /(?:[ \t]|\\\r?\n)*/y
  blanks.lastIndex = from
  return from + (blanks.exec(line)?.[0].length ?? 0)
}
