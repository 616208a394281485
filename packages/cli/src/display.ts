import type { Colour, Paint } from "./terminal.ts"

// oxlint-disable-next-line no-control-regex
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * What others wrote (a model, a commit, a file name), made safe for a terminal: control characters, also those that turn
 * the direction of writing or begin a line, are shown and not obeyed.
 */
export const harmless = (text: string): string =>
  text.replace(obeyed, (character) => {
    if (character === "\r") return ""
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`
  })

/** In characters: no path, address or name that a message names is longer. */
const LONGEST_WORD = 4096
const LONGEST_MESSAGE = 20_000

/** What is wrong, in as many words as somebody reads: what was given may be as long as it likes. */
export const readable = (message: string): string => {
  const words = message.replace(/\S+/g, (word) => (word.length > LONGEST_WORD ? `${cutAt(word, 200)}…` : word))
  return words.length > LONGEST_MESSAGE ? `${cutAt(words, LONGEST_MESSAGE)}…` : words
}

/** Never in the middle of a character. */
const cutAt = (text: string, length: number): string => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")

/** The first line, cut to a width in terminal cells. */
export const oneLine = (text: string, width = 100): string => {
  const line = harmless(text.trim().split("\n", 1)[0] ?? "").replaceAll("\t", " ")
  if (Bun.stringWidth(line) <= width) return line
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })
  let cut = ""
  for (const { segment } of graphemes.segment(line)) {
    if (Bun.stringWidth(cut + segment) > width - 1) break
    cut += segment
  }
  return cut + "…"
}

/** Text, with a colour or without: a cell that brings its own colour could bring any other command to the terminal. */
export type Cell = string | readonly [colour: Colour, text: string]

/**
 * Lines of columns two blanks apart, as wide as their widest cell is on a terminal. Cells are made safe, and stay on
 * their line. Where the table is wider than `columns` cells, what is only to be read is cut; names never are, for they
 * are typed again.
 */
export const table = (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  paint: Paint = (_, text) => text,
  columns: number | null = null,
): string => {
  const all = [header, ...rows].map((row) => row.map((cell) => inTable(cell)))
  const natural = header.map((_, column) => Math.max(...all.map((row) => Bun.stringWidth(row[column]?.text ?? ""))))
  const widths = columns === null ? natural : fittedTo(columns, header, natural)
  const shown = (cell: Readonly<ReturnType<typeof inTable>>, column: number) => {
    const width = widths[column] ?? 0
    const text = Bun.stringWidth(cell.text) > width ? oneLine(cell.text, width) : cell.text
    return (cell.colour === null ? text : paint(cell.colour, text)) + " ".repeat(width - Bun.stringWidth(text))
  }
  return all.map((row) => row.map(shown).join("  ").trimEnd()).join("\n")
}

/** Columns for reading only. */
const prose = new Set([
  "BRANCH",
  "MESSAGE",
  "NOTE",
  "ORIGIN",
  "PATH",
  "PR",
  "RESULT",
  "URL",
  "VALUE",
  "VARIABLES",
  "WORKTREE",
])
/** Fewer cells of a text tell nothing. */
const NARROWEST = 10

/** The widest columns give way first; where that is not enough, the terminal wraps lines. */
const fittedTo = (columns: number, header: ReadonlyArray<string>, natural: ReadonlyArray<number>) => {
  const widths = [...natural]
  const excess = () => widths.reduce((sum, width) => sum + width + 2, -2) - columns
  for (;;) {
    const widest = header
      .flatMap((name, column) => (prose.has(name) && (widths[column] ?? 0) > NARROWEST ? [column] : []))
      .sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
    if (widest === undefined || excess() <= 0) return widths
    widths[widest] = (widths[widest] ?? 0) - 1
  }
}

const inTable = (cell: Cell): { readonly colour: Colour | null; readonly text: string } => {
  const [colour, text] = typeof cell === "string" ? [null, cell] : cell
  return { colour, text: harmless(text).replace(/[\n\t]/g, " ") }
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const

/** A stretch of time in its largest unit: `40s`, `3m`, `2h`, `5d`. */
export const span = (milliseconds: number): string => {
  for (const [unit, length] of units) if (milliseconds >= length) return `${Math.floor(milliseconds / length)}${unit}`
  return `${Math.max(0, Math.floor(milliseconds / 1000))}s`
}

/** How long ago an ISO time was; `-` for what is no time. */
export const age = (iso: string, now: number): string => {
  const at = Date.parse(iso)
  return Number.isNaN(at) ? "-" : span(now - at)
}
