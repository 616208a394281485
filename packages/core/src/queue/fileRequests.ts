import { DateTime, Effect } from "effect"
import { cancelled, endedAt, retried } from "../domain/ItemChange.ts"
import type { QueueItem, QueueItemId } from "../domain/QueueItem.ts"
import type { Cancelled, Retried } from "../Queue.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { nameOf } from "./ItemEntry.ts"
import { spot } from "./ItemFiles.ts"
import type { StoreError } from "./QueueLock.ts"
import type { QueueStore } from "./QueueStore.ts"

/** What people, and the clean-up in their name, do with items. */
export const fileRequests = ({ exclusively, files, list, moves }: QueueStore) => {
  const cancel = Effect.fnUntraced(function* (id: QueueItemId): Effect.fn.Return<Cancelled, StoreError> {
    const running = yield* moves.takeRunning(id)
    if (running !== null) {
      yield* moves.amend("cancel", running.at, { ...running.written, cancel_requested: true })
      return { _tag: "Running", item: { ...running.item, cancel_requested: true } }
    }
    const waiting = yield* moves.takePending(id)
    if (waiting !== null) {
      const item = cancelled(waiting.item, yield* DateTime.now)
      return { _tag: "Cancelled", item: yield* moves.change("cancel", waiting.at, item) }
    }
    const done = yield* moves.take(spot("done", nameOf(id)))
    return done === null ? { _tag: "Unknown" } : { _tag: "Ended", item: done.item }
  })

  /** The done ones last: what is met among the others may be of the first kugetsu, and go there now. */
  const retry = Effect.fnUntraced(function* (id: QueueItemId): Effect.fn.Return<Retried, StoreError> {
    const other = (yield* moves.takeRunning(id)) ?? (yield* moves.takePending(id))
    const taken = other ?? (yield* moves.take(spot("done", nameOf(id))))
    if (taken === null) return { _tag: "Unknown" }
    if (taken.item.state !== "error") return { _tag: "NotInError", item: taken.item }
    return { _tag: "Retried", item: yield* moves.change("retry", taken.at, retried(taken.item)) }
  })

  const clear = Effect.fnUntraced(function* (olderThan: DateTime.Utc) {
    const [done = []] = yield* list(["done"])
    const before = DateTime.toEpochMillis(olderThan)
    const old = done.map(({ item }) => item).filter((item) => endedAt(item) < before)
    const cleared = yield* Effect.filter(old, (item) => exclusively(forgetDone(item, before)))
    yield* files.sweepTemporaries(DateTime.toEpochMillis(yield* DateTime.now))
    return cleared
  })

  /** Looked at again: it may have been retried meanwhile. */
  const forgetDone = Effect.fnUntraced(function* ({ id }: QueueItem, before: number) {
    const done = yield* moves.take(spot("done", nameOf(id)))
    if (done === null || endedAt(done.item) >= before) return false
    yield* files.remove(done.at)
    yield* crashPoint("queue.clear.removed")
    return true
  })

  return {
    cancel: (id: QueueItemId) => exclusively(cancel(id)),
    retry: (id: QueueItemId) => exclusively(retry(id)),
    clear,
  }
}
