import { awaitsPullRequest } from "@kugetsu/core/awaitsPullRequest"
import { isRunId, type RunId } from "@kugetsu/core/domain/Run"
import { isDue, isSettled } from "@kugetsu/core/domain/RunPullRequest"
import { Runs } from "@kugetsu/core/Runs"
import { listDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Clock, Effect, Option } from "effect"
import { lockName } from "./RunLocks.ts"
import { seeToPullRequest } from "./seeToPullRequest.ts"
import { tellTrouble } from "./trouble.ts"

/** Runs of whose pull requests all is said: not looked at again. Nothing of it is needed after a restart. */
export type SettledRuns = Set<RunId>

/** For which forges are asked in one round; the others wait for the next. */
const LIMIT = 3

/** Sees to the pull requests that supervisors died before, or that a forge could not be asked for. The newest run first. */
export const followUpPullRequests = Effect.fn("followUpPullRequests")(function* (settled: SettledRuns) {
  const ids = (yield* listDirectory((yield* KugetsuHome).runs)).filter(isRunId)
  const there = new Set(ids)
  for (const id of settled) if (!there.has(id)) settled.delete(id)
  let left = LIMIT
  for (const id of ids.toSorted().toReversed()) {
    if (settled.has(id) || left === 0) continue
    const asked = yield* followUp(id, settled).pipe(
      // told of where runs are looked at
      Effect.catchTag("RecordUnreadable", () => Effect.succeed(false)),
      Effect.catch(({ message }) =>
        Effect.as(tellTrouble(`pull request of ${id}`, `the pull request of run ${id}: ${message}`), false),
      ),
    )
    if (asked) left--
  }
})

/** true: the forge was asked. */
const followUp = Effect.fnUntraced(function* (id: RunId, settled: SettledRuns) {
  const run = Option.getOrNull(yield* (yield* Runs).find(id))
  if (run === null || run.exit === null) return false
  if (isSettled(run.exit.pull_request_due, run.pullRequest)) {
    settled.add(id)
    return false
  }
  if (awaitsPullRequest(run) || !isDue(run.pullRequest, yield* Clock.currentTimeMillis)) return false
  // an agent at work on the issue may open one itself, and the end of its run looks
  if (yield* isHeld((yield* KugetsuHome).issueLock(yield* lockName(run.request.issue_ref)))) return false
  return yield* seeToPullRequest(id, { holdsIssue: false })
})
