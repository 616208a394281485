import { isOwnId, type QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { newsOfQueued } from "@kugetsu/core/enqueueTask"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Clock, Effect } from "effect"

/** Milliseconds in which whoever left a task tells of it. */
const OWN_WORD_MS = 10_000

/**
 * Tells of waiting tasks that were left by somebody who was killed before the word was out. `checked` are those that
 * need no other look.
 */
export const tellQueued = Effect.fn("tellQueued")(function* (checked: Set<QueueItemId>) {
  const before = (yield* Clock.currentTimeMillis) - OWN_WORD_MS
  const waiting = yield* (yield* Queue).list(["pending"])
  const unsure = waiting.filter(
    ({ id, pending_since }) => !checked.has(id) && isOwnId(id) && Date.parse(pending_since) < before,
  )
  if (unsure.length === 0) return
  yield* (yield* Notifications).tellLate(unsure.map((item) => ({ ...newsOfQueued(item), since: item.pending_since })))
  for (const { id } of unsure) checked.add(id)
})
