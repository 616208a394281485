import { Result } from "effect"
import type { ShellFault, ShellWord } from "./ShellWord.ts"

/** Reads what begins with the `$` at an offset. */
type ReadDollar = (text: string, at: number) => Result.Result<ShellWord, ShellFault>

/**
 * Reads `$NAME`, `${NAME}` and `${NAME:-default}`, the way in which the first kugetsu's config had its defaults. null:
 * it is none of these, or what it stands for is not known.
 */
export const readParameter = (
  text: string,
  at: number,
  variables: ReadonlyMap<string, string>,
  readDollar: ReadDollar,
): Result.Result<ShellWord, ShellFault> | null => {
  parameter.lastIndex = at
  const [whole = "", plain, braced, operator] = parameter.exec(text) ?? []
  const name = plain ?? braced
  if (name === undefined) return null
  const value = variables.get(name)
  const end = at + whole.length
  if (operator === undefined) return value === undefined ? null : Result.succeed({ value, end })
  const isGiven = operator === "-" ? value !== undefined : value !== undefined && value !== ""
  return Result.map(readDefault(text, end, readDollar), (word) => (isGiven ? { ...word, value: value ?? "" } : word))
}

const parameter = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:\}|(:?-)))/y

/** The text up to the `}`, which may have parameters of its own. */
const readDefault = (text: string, from: number, readDollar: ReadDollar): Result.Result<ShellWord, ShellFault> =>
  Result.gen(function* () {
    let value = ""
    let at = from
    while (at < text.length) {
      const char = text[at] ?? ""
      if (char === "}") return { value, end: at + 1 }
      if ("\"'`\\\n\r".includes(char)) {
        return yield* Result.fail({
          offset: at,
          reason: "plain text is expected as the default; write the value alone",
        })
      }
      const word = char === "$" ? yield* readDollar(text, at) : { value: char, end: at + 1 }
      value += word.value
      at = word.end
    }
    return yield* Result.fail({ offset: from, reason: "the } is missing" })
  })
