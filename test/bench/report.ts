import * as os from "node:os"
import type { Comparison, Row, Spread } from "./measure.ts"

const header = ["What", "takes", "against", "takes", "so it costs", "goal"]

/** The rows as a Markdown table with even columns. Each number is a median, with the quartiles behind it. */
export const tableOf = (rows: ReadonlyArray<Row>): string => {
  const cells = rows.map(({ comparison, took, what }) => [
    what,
    spread(took, milliseconds),
    ...(comparison === null ? ["", "", "", ""] : comparisonCells(comparison)),
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

const spread = ({ high, low, median }: Spread, print: (value: number) => string) =>
  `${print(median)} (${print(low)} to ${print(high)})`

const milliseconds = (value: number) => `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} ms`
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

const marks = ["<!-- bench:begin -->", "<!-- bench:end -->"] as const

/** The document with something else between its two marks. */
export const withResults = (document: string, results: string): string => {
  const [begin, end] = marks.map((mark) => document.indexOf(mark)) as [number, number]
  if (begin < 0 || end < begin) throw new Error(`the document lacks ${marks.join(" and ")}`)
  return `${document.slice(0, begin + marks[0].length)}\n${results}\n${document.slice(end)}`
}
