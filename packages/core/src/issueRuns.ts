import { Effect, Option, Result, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { type IssueRef, parseIssueRef, sameIssue } from "./domain/IssueRef.ts"
import { type RunRecord, Runs } from "./Runs.ts"

/** No run of this issue was ever asked for, or all were cleaned up. */
export class NeverRan extends Schema.TaggedError<NeverRan>()("NeverRan", { issue: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `no run of ${this.issue} is kept`
  }
  get remedy() {
    return "`kugetsu logs` lists the runs that are kept; `kugetsu start` makes one."
  }
}

/** The newest run of an issue. Fails on a run that cannot be read when no readable one is the issue's. */
export const findNewestRun = Effect.fn("findNewestRun")(function* (ref: IssueRef) {
  const { runs, unreadable } = yield* (yield* Runs).survey
  const newest = runs.find((run) => isOf(run, ref))
  if (newest !== undefined) return Option.some(newest)
  return unreadable[0] === undefined ? Option.none<RunRecord>() : yield* unreadable[0]
})

export const requireNewestRun = Effect.fn("requireNewestRun")(function* (ref: IssueRef) {
  const found = yield* findNewestRun(ref)
  return Option.isSome(found) ? found.value : yield* new NeverRan({ issue: ref.toString() })
})

const isOf = (run: RunRecord, ref: IssueRef): boolean => {
  if (run.request.issue_ref === null) return false
  const parsed = parseIssueRef(run.request.issue_ref)
  return Result.isSuccess(parsed) && sameIssue(parsed.success, ref)
}
