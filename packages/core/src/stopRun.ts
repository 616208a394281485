import { Effect, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { RunId } from "./domain/Run.ts"
import { findNewestRun } from "./issueRuns.ts"
import { Runs } from "./Runs.ts"
import { signal } from "./system/ProcessTable.ts"

/** There is nothing to stop. */
export class NothingRunning extends Schema.TaggedError<NothingRunning>()("NothingRunning", { issue: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `no agent is running on ${this.issue}`
  }
  get remedy() {
    return "`kugetsu list` shows what is running."
  }
}

/**
 * Asks a run to end: the wish is on disk before its supervisor hears of it. Does not wait; its outcome is then `stopped`, and
 * all it did is kept. Nothing happens to one that has ended. `by` says who, in its records. Fails with `RunUnknown`.
 */
export const stopRun = Effect.fn("stopRun")(function* (id: RunId, by: string) {
  const runs = yield* Runs
  const run = yield* runs.require(id)
  if (run.exit !== null) return
  yield* runs.requestStop(id, by)
  // read again: a supervisor that writes its record after this looks for the wish then
  const { supervisor } = yield* runs.require(id)
  if (supervisor !== null) signal(supervisor.supervisor, "SIGTERM")
})

/** Asks the running agent of an issue to end, and names its run. */
export const stopIssue = Effect.fn("stopIssue")(function* (ref: IssueRef, by: string) {
  const newest = yield* findNewestRun(ref)
  if (Option.isNone(newest) || newest.value.exit !== null) return yield* new NothingRunning({ issue: ref.toString() })
  yield* stopRun(newest.value.request.run, by)
  return newest.value.request.run
})
