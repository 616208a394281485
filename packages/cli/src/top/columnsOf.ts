import { oneLine } from "../display.ts"
import type { Colour, Paint } from "../terminal.ts"

/** A piece of a line. */
export interface Part {
  readonly text: string
  /** In terminal cells: padded or cut to it. Without one it takes what is left. */
  readonly width?: number
  /** The end of a text that is cut stays, not its beginning. */
  readonly keep?: "end"
  readonly colour?: Colour
}

const GAP = "  "

/** A line of pieces two blanks apart, never wider than `columns`; what others wrote is made safe. */
export const columnsOf = (parts: ReadonlyArray<Part>, columns: number, paint: Paint): string => {
  let left = columns
  let shown = ""
  for (const [at, { colour, keep, text, width }] of parts.entries()) {
    const gap = at === 0 ? "" : GAP
    const room = Math.min(width ?? Number.POSITIVE_INFINITY, left - gap.length)
    if (room <= 0) break
    const fitting = keep === "end" ? endOf(text, room) : oneLine(text, room)
    const used = Bun.stringWidth(fitting)
    const padding = width === undefined || at === parts.length - 1 ? 0 : room - used
    shown += gap + (colour === undefined ? fitting : paint(colour, fitting)) + " ".repeat(Math.max(0, padding))
    left -= gap.length + used + Math.max(0, padding)
  }
  return shown
}

/** As `oneLine`, with the beginning cut off. */
const endOf = (text: string, width: number): string => {
  const line = oneLine(text, Number.POSITIVE_INFINITY)
  if (Bun.stringWidth(line) <= width) return line
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(line)]
  let end = ""
  for (const { segment } of graphemes.toReversed()) {
    if (Bun.stringWidth(segment + end) > width - 1) break
    end = segment + end
  }
  return `…${end}`
}
