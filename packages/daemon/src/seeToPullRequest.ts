import { type IssueRef, lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { isQueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import { isDue, type PullRequestDue } from "@kugetsu/core/domain/RunPullRequest"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { Clock, DateTime, Effect, Option } from "effect"
import * as path from "node:path"
import { announceMissing, announceOpened } from "./announcePullRequest.ts"
import { bringAbout, type BroughtAbout } from "./bringAbout.ts"

/** Somebody else who looks after a pull request of the issue is done in as long. */
const WAIT_MS = 120_000

export interface Looking {
  /** The caller holds the issue's lock: the run's own supervisor, which tells of the outcome itself. */
  readonly holdsIssue: boolean
}

/**
 * Looks for the pull request of a run that has its outcome, opens it where that is wanted and there is none, and writes
 * down what came of it. Safe to repeat, and to do in several processes at once: one does it, looking first, and the
 * others find it done. true: a forge was asked.
 */
export const seeToPullRequest = Effect.fn("seeToPullRequest")(function* (id: RunId, how: Looking) {
  const runs = yield* Runs
  const { exit, request } = yield* runs.require(id)
  if (exit === null || exit.pull_request_due === null || request.issue_ref === null) return false
  const ref = yield* Effect.fromResult(parseIssueRef(request.issue_ref))
  yield* lockPullRequests(ref)
  const run = yield* runs.require(id)
  if (!isDue(run.pullRequest, yield* Clock.currentTimeMillis)) return false
  const { asked, needsPerson, record } = yield* brought(ref, run, exit, exit.pull_request_due)
  if (record.state === "waits" && run.pullRequest?.state === "waits") return false
  yield* crashPoint("pull_request.brought")
  if (record.pull_request !== null) yield* noteInSession(ref, exit, record.pull_request.url, how)
  yield* crashPoint("pull_request.noted")
  if (needsPerson) yield* announceMissing(request, record)
  else if (!how.holdsIssue && record.state === "opened") yield* announceOpened(request, record)
  yield* runs.recordPullRequest(id, record)
  yield* crashPoint("pull_request.recorded")
  return asked
}, Effect.scoped)

/** One for all runs of an issue, so that no two of them open one each. */
const lockPullRequests = Effect.fnUntraced(function* (ref: IssueRef) {
  const home = yield* KugetsuHome
  yield* acquire(home.lock(path.join("pull-requests", lockNameOf(ref))), { waitMs: WAIT_MS })
})

const brought = Effect.fnUntraced(function* (ref: IssueRef, run: RunRecord, exit: RunExit, due: PullRequestDue) {
  const attempts = run.pullRequest?.attempts ?? 0
  const progress = due.open === "draft" ? yield* progressOf(run) : "over"
  if (progress === "over") return { asked: true, ...(yield* bringAbout(ref, exit, due, attempts)) }
  const at = timestamp(yield* DateTime.now)
  const waits = progress === "waits"
  return {
    asked: false,
    needsPerson: false,
    record: {
      version: 1,
      state: waits ? "waits" : "none",
      pull_request: null,
      reason: waits ? "the task is not over yet" : "the task went on in another run",
      attempts,
      again_at: waits ? at : null,
      at,
    },
  } satisfies BroughtAbout & { readonly asked: boolean }
})

/** What did not end well may be tried again by the queue; only what is left at its end is shown. */
const progressOf = Effect.fnUntraced(function* ({ request }: RunRecord) {
  if (request.item === null || !isQueueItemId(request.item)) return "over"
  const item = Option.getOrNull(yield* (yield* Queue).find(request.item))
  if (item === null) return "over"
  if (item.run !== request.run) return "went on"
  return item.state === "completed" || item.state === "error" ? "over" : "waits"
})

/**
 * The record of an issue that is destroyed at this moment is not made again: without the issue's lock nothing is
 * noted. Where a newer run holds it, that one looks for itself.
 */
const noteInSession = Effect.fnUntraced(function* (ref: IssueRef, exit: RunExit, url: string, how: Looking) {
  if (!how.holdsIssue && Option.isNone(yield* lockBriefly(ref))) return
  const sessions = yield* Sessions
  const known = Option.getOrNull(yield* sessions.find(ref))?.session
  if (known === undefined || (known.run !== exit.run && known.pr_url !== null)) return
  const noted = sessions.amend(ref, (session) => ({
    ...session,
    pr_url: url,
    branch_name: session.branch_name ?? exit.branch_name,
  }))
  yield* Effect.catchTag(noted, "NotTracked", () => Effect.void)
}, Effect.scoped)

const lockBriefly = Effect.fnUntraced(function* (ref: IssueRef) {
  const lock = tryAcquire((yield* KugetsuHome).issueLock(lockNameOf(ref)))
  return yield* Effect.acquireRelease(lock, (held) => (Option.isSome(held) ? release(held.value) : Effect.void))
})
