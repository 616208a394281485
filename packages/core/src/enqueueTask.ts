import { Effect, Schema } from "effect"
import { ExitCode, type Failure } from "./domain/Failure.ts"
import { headlineOf } from "./domain/Notification.ts"
import type { QueueItem } from "./domain/QueueItem.ts"
import { type News, Notifications } from "./Notifications.ts"
import { type NewItem, Queue } from "./Queue.ts"
import { requireInitialised } from "./requireInitialised.ts"

/** The item is in the queue all the same. */
export class NotYetTold extends Schema.TaggedError<NotYetTold>()("NotYetTold", { reason: Schema.String }) {
  readonly code = ExitCode.busy
  override get message() {
    return `the task is in the queue, but not in the notifications: ${this.reason}`
  }
  get remedy() {
    return "Do not leave it again; it is told as soon as a daemon looks at it."
  }
}

export interface QueuedTask {
  readonly item: QueueItem
  /** Why the notification could not be written; the item is in the queue all the same. */
  readonly untold: Failure | null
}

export const newsOfQueued = (item: QueueItem): News => ({
  type: "task_queued",
  about: item.id,
  message: headlineOf(item.message),
  issueRef: item.issue_ref,
  url: null,
})

/** Milliseconds: whoever leaves a task does not wait for somebody who holds the notifications. */
const TELL_WAIT_MS = 200

/**
 * Use case: queue enqueue, and start and continue inside a run. The item is safe once this has come back. Fails with
 * `NotInitialised`, `MessageTooLong` or `QueueUnavailable`, and then nothing is queued.
 */
export const enqueueTask = Effect.fn("enqueueTask")(function* (task: NewItem) {
  yield* requireInitialised
  const { item } = yield* (yield* Queue).enqueue(task)
  const told = yield* Effect.result((yield* Notifications).tell(newsOfQueued(item), TELL_WAIT_MS))
  return { item, untold: told._tag === "Failure" ? untoldBy(told.failure) : null } satisfies QueuedTask
})

const untoldBy = (failure: Failure): Failure =>
  failure._tag === "LockBusy" ? new NotYetTold({ reason: failure.message }) : failure
