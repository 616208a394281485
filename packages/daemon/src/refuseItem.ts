import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { newRunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { DateTime, Effect, Random } from "effect"
import { announceQueued, announceRefusal } from "./announce.ts"
import { journal } from "./Journal.ts"

/**
 * Ends an item for which nothing can ever be started. People are told before it is done, so that a daemon that dies in
 * between leaves it to the next one, and nobody is told twice.
 */
export const refuseItem = Effect.fn("refuseItem")(function* (item: QueueItem, reason: string) {
  const queue = yield* Queue
  yield* announceQueued(item)
  yield* announceRefusal(item, reason)
  const run = newRunId(DateTime.toDate(yield* DateTime.now), yield* Random.next)
  const claimed = yield* queue.claim(item.id, run)
  if (claimed._tag === "Gone") return
  yield* crashPoint("daemon.refused")
  yield* queue.settle(claimed.claim, { _tag: "Error", reason })
  yield* journal({ event: "refused", item: item.id, reason })
})
