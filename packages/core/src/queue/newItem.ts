import { DateTime, Effect, Random } from "effect"
import { newQueueItemId, type QueueItem, type QueueItemId } from "../domain/QueueItem.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { LONGEST_MESSAGE, MessageTooLong, type NewItem } from "../Queue.ts"

/** Makes pending items; those of one maker sort in the order in which they were made. */
export const itemMaker = () => {
  let last: QueueItemId | null = null
  return Effect.fnUntraced(function* (asked: NewItem): Effect.fn.Return<QueueItem, MessageTooLong> {
    const bytes = Buffer.byteLength(asked.message)
    if (bytes > LONGEST_MESSAGE) return yield* new MessageTooLong({ bytes })
    const now = yield* DateTime.now
    const random = yield* Random.next
    last = newQueueItemId(DateTime.toDate(now), random, last)
    return {
      version: 1,
      id: asked.id ?? last,
      issue_ref: asked.issue?.toString() ?? null,
      message: asked.message,
      state: "pending",
      pending_since: timestamp(now),
      notified_at: null,
      completed_at: null,
      error: null,
      attempts: 0,
      not_before: asked.notBefore == null ? null : timestamp(asked.notBefore),
      priority: asked.priority ?? 0,
      opencode_session_id: null,
      pid: null,
      run: null,
      cancel_requested: false,
    }
  })
}
