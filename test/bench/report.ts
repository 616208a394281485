import * as os from "node:os"
import type { Comparison, Goal, Row, Spread, Unit } from "./measure.ts"

const header = ["What", "takes", "against", "takes", "so it costs", "goal"]

/** The rows as a Markdown table with even columns. Each number is a median, with the quartiles behind it. */
export const tableOf = (rows: ReadonlyArray<Row>): string => {
  const cells = rows.map(({ comparison, goal, took, unit = "ms", what }) => [
    what,
    spread(took, amount(unit)),
    ...(comparison === null
      ? ["", "", "", goal === undefined ? "" : verdictOn(took, goal, unit)]
      : comparisonCells(comparison)),
  ])
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...cells.map(line)].join("\n")
}

const comparisonCells = ({ against, cost, goal, took }: Comparison): ReadonlyArray<string> => {
  const print = cost.unit === "times" ? times : more
  const verdict = goal === null ? "" : `${print(goal)}: ${cost.median <= goal ? "met" : "missed"}`
  return [against, spread(took, milliseconds), spread(cost, print), verdict]
}

const verdictOn = ({ median }: Spread, goal: Goal, unit: Unit) => {
  const [bound, met] = "atMost" in goal ? [goal.atMost, median <= goal.atMost] : [goal.atLeast, median >= goal.atLeast]
  return `${amount(unit)(bound)}: ${met ? "met" : "missed"}`
}

const spread = ({ high, low, median }: Spread, print: (value: number) => string) =>
  low === high ? print(median) : `${print(median)} (${print(low)} to ${print(high)})`

const amount = (unit: Unit) => (value: number) =>
  `${Number.isInteger(value) ? value : value.toFixed(Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0)} ${unit}`

const milliseconds = amount("ms")
const times = (value: number) => `${value.toFixed(2)}x`
const more = (value: number) => `${value < 0 ? "-" : "+"}${milliseconds(Math.abs(value))}`

/** What the numbers hold for. */
export const machineOf = (versions: { readonly git: string; readonly opencode: string }): string => {
  const processors = os.cpus()
  const memory = Math.round(os.totalmem() / 2 ** 30)
  return [
    `${processors.length} cores (${processors[0]?.model.trim() ?? "unknown"}), ${memory} GiB of memory`,
    `${os.type()} ${os.release().split("-")[0]} on ${os.arch()}`,
    `Bun ${Bun.version}, git ${versions.git}, opencode ${versions.opencode}`,
  ].join("; ")
}

const marksOf = (name: string) => [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`] as const

/** The document with something else between its two marks. */
export const withResults = (document: string, results: string, name = "bench"): string => {
  const marks = marksOf(name)
  const [begin, end] = marks.map((mark) => document.indexOf(mark)) as [number, number]
  if (begin < 0 || end < begin) throw new Error(`the document lacks ${marks.join(" and ")}`)
  return `${document.slice(0, begin + marks[0].length)}\n${results}\n${document.slice(end)}`
}
