import { Effect, Option, Result, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { type IssueRef, parseIssueRef, sameIssue } from "./domain/IssueRef.ts"
import { isRunId } from "./domain/Run.ts"
import { type RunRecord, Runs } from "./Runs.ts"
import { Sessions } from "./Sessions.ts"

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

/**
 * The newest run of an issue: the one its record names, for the clock may have been set back. One that goes on and is not
 * in the record yet goes before one that has ended. Fails on a run that cannot be read when no readable one is the
 * issue's.
 */
export const findNewestRun = Effect.fn("findNewestRun")(function* (ref: IssueRef) {
  const recorded = yield* findRecordedRun(ref)
  if (Option.isSome(recorded) && recorded.value.exit === null) return recorded
  const { runs, unreadable } = yield* (yield* Runs).survey
  const newest = Option.fromUndefinedOr(runs.find((run) => isOf(run, ref)))
  const goesOn = Option.filter(newest, ({ exit }) => exit === null)
  const found = goesOn.pipe(
    Option.orElse(() => recorded),
    Option.orElse(() => newest),
  )
  return Option.isNone(found) && unreadable[0] !== undefined ? yield* unreadable[0] : found
})

const findRecordedRun = Effect.fnUntraced(function* (ref: IssueRef) {
  // where the record cannot be read the runs themselves still tell
  const session = yield* Effect.catchTag((yield* Sessions).find(ref), "RecordUnreadable", () => Effect.succeedNone)
  const id = Option.getOrNull(session)?.session.run ?? null
  if (id === null || !isRunId(id)) return Option.none<RunRecord>()
  return Option.filter(yield* (yield* Runs).find(id), (run) => isOf(run, ref))
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
