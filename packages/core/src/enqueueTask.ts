import { Effect } from "effect"
import type { Failure } from "./domain/Failure.ts"
import { headlineOf } from "./domain/Notification.ts"
import type { QueueItem } from "./domain/QueueItem.ts"
import { type News, Notifications } from "./Notifications.ts"
import { type NewItem, Queue } from "./Queue.ts"
import { requireInitialised } from "./requireInitialised.ts"

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

/** Use case: queue enqueue, and start and continue inside a run. The item is safe once this has come back. */
export const enqueueTask = Effect.fn("enqueueTask")(function* (task: NewItem) {
  yield* requireInitialised
  const { item } = yield* (yield* Queue).enqueue(task)
  const told = yield* Effect.result((yield* Notifications).tell(newsOfQueued(item)))
  return { item, untold: told._tag === "Failure" ? told.failure : null } satisfies QueuedTask
})
