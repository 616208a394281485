import { ExitCode, type FailureRecord, isFailure, toRecord } from "@kugetsu/core/domain/Failure"
import type { RunRequest } from "@kugetsu/core/domain/Run"
import { Cause } from "effect"
import type { Ending } from "./Ending.ts"

/** The ending of a run that never had an agent. */
export const notStarted = (
  request: RunRequest,
  how: { readonly terminated: boolean; readonly failure: FailureRecord | null },
): Ending => ({ request, workplace: null, ...how, clock: null, exit: null, startedAt: null })

export const preparationTimedOut = (limitMs: number): FailureRecord => ({
  error: "PreparationTimedOut",
  message: `clone, worktree and session were not ready within ${limitMs / 60_000} min`,
  remedy: "Look at the remote's speed and at the supervisor's log in the run's directory.",
  code: ExitCode.unavailable,
})

/** The typed failure in a cause; anything else is a bug of kugetsu, and says so. */
export const failureOf = (cause: Cause.Cause<unknown>): FailureRecord => {
  const error = Cause.squash(cause)
  return isFailure(error)
    ? toRecord(error)
    : {
        error: "Bug",
        message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        remedy: "This is a bug in kugetsu; please report it with the run's directory.",
        code: ExitCode.failed,
      }
}
