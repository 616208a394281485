import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Row, spreadOf } from "./measure.ts"
import { type RunPlace, runToEnd } from "./runToEnd.ts"

/** GNU time: what a process had resident before it became the program counts too, and that of this one is much. */
const time = Bun.which("time")

/** Megabytes that each program has resident at its peak, by GNU time; nothing where that is not installed. */
export const peakMemory = Effect.fnUntraced(function* (
  programs: Readonly<Record<string, ReadonlyArray<string>>>,
  place: RunPlace,
  repetitions: number,
) {
  if (time === null) return []
  const report = path.join(place.cwd, "peak")
  const rows: Array<Row> = []
  for (const [what, argv] of Object.entries(programs)) {
    const peaks: Array<number> = []
    for (let round = 0; round < repetitions; round++) {
      yield* runToEnd([time, "-f", "%M", "-o", report, ...argv], place)
      peaks.push(Number(fs.readFileSync(report, "utf8")) / 1024)
    }
    rows.push({ what: `memory of ${what}, at its peak`, took: spreadOf(peaks), unit: "MB", comparison: null })
  }
  return rows
})
