import { shapesIn, spansOf, withoutSpans } from "./secretShapes.ts"
import { encodedSpellings, plainSpellings } from "./secretSpellings.ts"

/** Text as it may be kept and shown: without secrets. Idempotent; what has none stays as it is. */
export type Redact = (text: string) => string

/**
 * Takes out these values, however they are spelled and where a line break splits them; what a cut at an end of a line
 * left of one; and all that is a secret by its looks.
 */
export const redaction = (values: Iterable<string>): Redact => {
  const plain = [...new Set([...values].flatMap(plainSpellings))]
  const whole = patternOf(plain)
  const once = (text: string): string => {
    // both in the text as it was: of what has one inside the other nothing may be left
    const left = withoutSpans(text, [...shapesIn(text), ...(whole === null ? [] : spansOf(text, whole))])
    return plain.length === 0 ? left : withoutPieces(left, plain)
  }
  return (text) => {
    // what is left may come together to a secret: each time there is less of it
    for (let [before, after] = [text, once(text)]; ; [before, after] = [after, once(after)]) {
      if (after === before) return after
    }
  }
}

/** A longer value is also known when a line break and an indent stand in it. */
const shortestSplit = 12
const longestSplit = 200

const patternOf = (plain: ReadonlyArray<string>): RegExp | null => {
  const spellings = [...new Set([...plain, ...plain.flatMap(encodedSpellings)])].sort((a, b) => b.length - a.length)
  return spellings.length === 0 ? null : new RegExp(spellings.map(sourceOf).join("|"), "g")
}

const sourceOf = (spelling: string): string => {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
  if (spelling.length < shortestSplit || spelling.length > longestSplit) return literal(spelling)
  return Array.from(spelling, literal).join("(?:\\r?\\n[ \\t]*)?")
}

/** A third of a value, and no less than 8 characters, is too much of it. */
const pieceOf = (value: string): number => Math.max(8, Math.ceil(value.length / 3))

const withoutPieces = (text: string, values: ReadonlyArray<string>): string => {
  const relevant = values.filter((value) => {
    const piece = pieceOf(value)
    return value.length > piece && (text.includes(value.slice(0, piece)) || text.includes(value.slice(-piece)))
  })
  if (relevant.length === 0) return text
  return text
    .split("\n")
    .map((line) => relevant.reduce(withoutEnds, line))
    .join("\n")
}

/** The line without the beginning of a value at its end, and without the end of one at its beginning. */
const withoutEnds = (line: string, value: string): string => {
  const piece = pieceOf(value)
  const [, text = line, tail = ""] = /^([^]*?)((?:…|\.\.\.)?["'\r]*\s*)$/.exec(line) ?? []
  const head = text.lastIndexOf(value.slice(0, piece))
  const rest = head !== -1 && value.startsWith(text.slice(head)) ? `${text.slice(0, head)}***` : text
  const end = rest.indexOf(value.slice(-piece))
  const isEnd = end !== -1 && value.endsWith(rest.slice(0, end + piece).trimStart())
  return (isEnd ? `***${rest.slice(end + piece)}` : rest) + tail
}

/** A name of a field, and no secret. */
const plainName = /^[A-Za-z_$][A-Za-z_$-]{0,23}$/

/** The same value with every text in it redacted, and names of fields that are no plain words. */
export const redactJson = <A>(value: A, redact: Redact): A => {
  if (typeof value === "string") return redact(value) as A
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact)) as A
  if (typeof value !== "object" || value === null) return value
  if ("toJSON" in value && typeof value.toJSON === "function") return redactJson(value.toJSON(), redact)
  const entries = Object.entries(value).map(([name, item]) => [
    plainName.test(name) ? name : redact(name),
    redactJson(item, redact),
  ])
  return Object.fromEntries(entries) as A
}
