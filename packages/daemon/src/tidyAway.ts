import { destroyIssue } from "@kugetsu/core/destroyIssue"
import { type Failure, ExitCode } from "@kugetsu/core/domain/Failure"
import { lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { afterDelay, afterRefusal, afterReopening } from "@kugetsu/core/domain/pollAnswer"
import type { Poll } from "@kugetsu/core/domain/Polls"
import type { Receipt } from "@kugetsu/core/domain/Receipt"
import type { RefusalReason } from "@kugetsu/core/domain/Removal"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Trash } from "@kugetsu/core/Trash"
import { Clock, Effect, Schema } from "effect"
import { tell } from "./announce.ts"
import { Pace } from "./Pace.ts"
import { type TidiedIssue, waitingWorkers } from "./pollSubjects.ts"

/** So many refusals for nothing but what could not be learnt are told. */
const PATIENCE = 3

/** Somebody left a task for the issue at the last moment. */
class TaskWaits extends Schema.TaggedError<TaskWaits>()("TaskWaits", {}) {
  readonly code = ExitCode.busy
  override get message() {
    return "a task waits for the issue"
  }
  get remedy() {
    return "It is looked at again after the task."
  }
}

/**
 * Takes the worktree of an issue whose pull request has come to its end to the trash, after the whole verdict; what has
 * to stay is told once, with the reasons. Gives what is to be remembered.
 */
export const tidyAway = Effect.fn("tidyAway")(function* (subject: TidiedIssue, poll: Poll) {
  const { ref } = subject
  const { poll: pace } = yield* Pace
  const removal = yield* Effect.result(
    destroyIssue(ref, { force: false, because: "cleanup", confirm: () => requireNoTask(subject) }),
  )
  const now = yield* Clock.currentTimeMillis
  if (removal._tag === "Failure") {
    const failure: Failure = removal.failure
    yield* Effect.logInfo(`the worktree of ${ref.toString()} stays for now: ${failure.message}`)
    return afterDelay(poll, now, pace)
  }
  if (removal.success._tag === "Removed") {
    yield* crashPoint("cleanup.removed")
    yield* tellOfRemoval(removal.success.receipt)
    return poll
  }
  const { reasons } = removal.success
  if (reasons.some(({ reason }) => reason === "pull_request_open")) return afterReopening(poll, now, pace)
  // what could not be learnt may be learnt the next time
  const mayPass = reasons.every(({ reason }) => reason.endsWith("_unknown"))
  if (!mayPass || poll.refusals + 1 >= PATIENCE) yield* tellOfRefusal(subject, poll, reasons)
  return afterRefusal(poll, now, pace)
})

const requireNoTask = Effect.fnUntraced(function* ({ ref }: TidiedIssue) {
  if ((yield* waitingWorkers).has(lockNameOf(ref))) return yield* new TaskWaits()
})

/** What went to the trash right before a daemon died, or was brought to an end there by another, is told by the next. */
export const tellOfRemovals = Effect.fn("tidyAway.tellOfRemovals")(function* (told: Set<string>) {
  for (const receipt of (yield* (yield* Trash).survey).receipts) {
    if (receipt.because !== "cleanup" || receipt.state !== "done" || told.has(receipt.id)) continue
    yield* tellOfRemoval(receipt)
    told.add(receipt.id)
  }
})

const tellOfRemoval = ({ evidence, id, issue_ref, restore }: Receipt) =>
  tell({
    type: "worktree_removed",
    about: id,
    message: `its worktree is in the trash as ${id}: ${evidence.at(-1) ?? "its pull request has come to its end"}; ${restore} brings it back`,
    issueRef: issue_ref,
    url: null,
  })

/** Once for each pull request, however often it is tried again. */
const tellOfRefusal = (
  { key, ref, session }: TidiedIssue,
  { number, state }: Poll,
  reasons: ReadonlyArray<RefusalReason>,
) =>
  tell({
    type: "worktree_kept",
    about: `${key}.${number ?? "branch"}`,
    message: `its pull request is ${state ?? "done"}, and its worktree stays: ${reasons
      .map(({ detail, reason, remedy }) => `${reason}: ${detail} (${remedy})`)
      .join("; ")}`,
    issueRef: ref.toString(),
    url: session.pr_url,
  })
