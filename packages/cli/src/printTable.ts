import { Effect } from "effect"
import { type Cell, table } from "./display.ts"
import { paint, print, stdoutColumns } from "./terminal.ts"

/** Prints a table: on a terminal no wider than that, where it can be; elsewhere every cell in full. */
export const printTable = Effect.fnUntraced(function* (
  header: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
) {
  yield* print(table(header, rows, yield* paint, yield* stdoutColumns))
})
