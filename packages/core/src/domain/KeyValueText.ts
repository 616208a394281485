import { Result } from "effect"
import { type ArrayElement, readArray, readSubscripted } from "./ShellArray.ts"
import { quoteShellWord, readShellWord, restOfLine, type ShellFault, skipToContent } from "./ShellWord.ts"

/** One `KEY=value`, with the place of its value in the text. */
export interface KeyValueEntry {
  readonly key: string
  readonly value: string
  /** From 1. */
  readonly line: number
  readonly start: number
  readonly end: number
}

/** One element of a bash array: `NAME=(value)`, `NAME=([key]=value)` or `NAME[key]=value`. */
export interface KeyValueElement extends ArrayElement {
  readonly array: string
  readonly line: number
}

/** A text of `KEY=value` lines that was understood whole. Of several lines with one key the last counts. */
export interface KeyValueText {
  readonly text: string
  readonly entries: ReadonlyArray<KeyValueEntry>
  readonly elements: ReadonlyArray<KeyValueElement>
}

/** Why a text is not understood. It never holds a value: that may be a secret. */
export interface KeyValueFault {
  readonly line: number
  readonly key: string | null
  readonly reason: string
}

export interface KeyValueOptions {
  /** What `$HOME` and a leading `~` mean; null: they are refused, as all that needs a shell is. */
  readonly home: string | null
  /** Variables that values may refer to, besides the keys of earlier lines; none: every variable is refused. */
  readonly variables?: Readonly<Record<string, string>>
  /** The names that may be bash arrays. */
  readonly arrays?: ReadonlyArray<string>
}

export const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Declaration, name and operator of an assignment; the operator is empty in `declare -A NAME`. */
const head =
  /(export[ \t]+|(?:declare|typeset)[ \t]+(?:-[A-Za-z]+[ \t]+)*)?([A-Za-z_]\w*)(=\(|\+=\(|=|\[|(?=[ \t\r\n]|$))/y

/** Reads what a shell that sources the text would know afterwards, where that takes no running of anything. */
export const parseKeyValues = (text: string, given: KeyValueOptions): Result.Result<KeyValueText, KeyValueFault> =>
  Result.gen(function* () {
    const variables = given.variables && new Map(Object.entries(given.variables))
    const options = { home: given.home, ...(variables && { variables }) }
    const lineAt = (offset: number) => text.slice(0, offset).split("\n").length
    const located = (key: string | null) =>
      Result.mapError(({ offset, reason }: ShellFault): KeyValueFault => ({ line: lineAt(offset), key, reason }))
    const refuse = (offset: number, key: string | null, reason: string) => located(key)(Result.fail({ offset, reason }))

    const entries: Array<KeyValueEntry> = []
    let elements: Array<KeyValueElement> = []
    const nul = text.indexOf("\0")
    if (nul !== -1) return yield* refuse(nul, null, "it has a NUL character")

    let at = skipToContent(text, text.startsWith("\uFEFF") ? 1 : 0)
    while (at < text.length) {
      head.lastIndex = at
      const [whole = "", declaration, name = null, operator] = head.exec(text) ?? []
      const mayBeArray = name !== null && given.arrays?.includes(name) === true
      const plain = operator === "=" && (declaration === undefined || declaration.startsWith("export"))
      if (name === null || (!plain && !(mayBeArray && (operator !== "" || declaration !== undefined)))) {
        return yield* refuse(at, name, "KEY=value is expected, with no space around the =")
      }
      const start = at + whole.length
      let end = start
      if (operator === "=") {
        const word = yield* located(name)(readShellWord(text, start, options))
        variables?.set(name, word.value)
        entries.push({ key: name, value: word.value, line: lineAt(at), start, end: word.end })
        end = word.end
      } else if (operator !== "") {
        const read = yield* located(name)(
          operator === "[" ? readSubscripted(text, at, start, options) : readArray(text, start, options),
        )
        if (operator === "=(") elements = elements.filter((element) => element.array !== name)
        elements.push(...read.elements.map((element) => ({ ...element, array: name, line: lineAt(element.offset) })))
        end = read.end
      }
      at = skipToContent(text, yield* located(name)(restOfLine(text, end)))
    }
    return { text, entries, elements }
  })

/** Key to value, in the order of the text. */
export const valuesOf = (parsed: KeyValueText): ReadonlyMap<string, string> =>
  new Map(parsed.entries.map(({ key, value }) => [key, value]))

/** The text with this value for the key, all else as it was: comments, order, `export`, other lines. */
export const withValue = (parsed: KeyValueText, key: string, value: string): string => {
  const { text } = parsed
  const entry = parsed.entries.findLast((candidate) => candidate.key === key)
  if (entry !== undefined) return text.slice(0, entry.start) + quoteShellWord(value) + text.slice(entry.end)
  const newline = lineEndOf(parsed)
  const gap = text === "" || text.endsWith("\n") ? "" : text.endsWith("\r") ? "\n" : newline
  // a line break that a backslash takes away ends no line
  const open = /[\r\n]$/.test(text) && parsed.entries.at(-1)?.end === text.length
  return `${text}${gap}${open ? newline : ""}${key}=${quoteShellWord(value)}${newline}`
}

/** How the text ends its lines; what stands inside values does not count. */
const lineEndOf = ({ text, entries }: KeyValueText): string => {
  const outside = entries.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text)
  return /\r\n/.test(outside) ? "\r\n" : "\n"
}

/** The text without any line of the key; null when it had none. */
export const withoutKey = (parsed: KeyValueText, key: string): string | null => {
  const { text } = parsed
  const mine = parsed.entries.filter((entry) => entry.key === key)
  if (mine.length === 0) return null
  return mine.reduceRight((rest, { start, end }) => {
    const lineStart = rest.lastIndexOf("\n", start - 1) + 1
    const lineEnd = rest.indexOf("\n", end)
    return rest.slice(0, lineStart) + (lineEnd === -1 ? "" : rest.slice(lineEnd + 1))
  }, text)
}
