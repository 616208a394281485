import { type ListedRun, listRuns } from "@kugetsu/core/listRuns"
import { Clock, Effect } from "effect"
import { age, type Cell, oneLine, span } from "../../display.ts"
import { Json } from "../../flags.ts"
import { colourOf } from "../../outcomeText.ts"
import { printTable } from "../../printTable.ts"
import { answerUnreadable } from "../../reportFailure.ts"
import { printJson } from "../../terminal.ts"
import { usageCell } from "../../usageText.ts"

/** The newest runs of all issues, so many of them. */
export const listNewest = Effect.fnUntraced(function* (count: number) {
  const { runs, unreadable } = yield* listRuns
  const newest = runs.slice(0, count)
  if (yield* Json) {
    yield* printJson(newest)
  } else {
    const now = yield* Clock.currentTimeMillis
    const header = ["RUN", "ISSUE_REF", "OUTCOME", "TOOK", "USED", "AGE", "MESSAGE"]
    yield* printTable(
      header,
      newest.map((run) => rowOf(run, now)),
    )
  }
  yield* answerUnreadable(unreadable)
})

const rowOf = (run: ListedRun, now: number): ReadonlyArray<Cell> => [
  run.run,
  run.issue_ref ?? "(pm-agent)",
  run.outcome === null ? ["cyan", run.phase] : [colourOf(run.outcome), run.outcome],
  run.started_at === null
    ? "-"
    : span((run.finished_at === null ? now : Date.parse(run.finished_at)) - Date.parse(run.started_at)),
  usageCell(run.usage),
  age(run.requested_at, now),
  oneLine(run.message ?? "(continue)", 60),
]
