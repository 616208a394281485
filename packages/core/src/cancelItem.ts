import { Effect, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { ItemState, type QueueItem, type QueueItemId } from "./domain/QueueItem.ts"
import type { RunId } from "./domain/Run.ts"
import { ItemUnknown } from "./ItemUnknown.ts"
import { Queue } from "./Queue.ts"
import { Runs } from "./Runs.ts"
import { stopRun } from "./stopRun.ts"

/** There is nothing left to cancel. */
export class ItemEnded extends Schema.TaggedError<ItemEnded>()("ItemEnded", { item: Schema.String, state: ItemState }) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.item} has ended already: it is ${this.state}`
  }
  get remedy() {
    return `\`kugetsu explain ${this.item}\` tells what came of it.`
  }
}

export interface CancelledItem {
  /** As it is now: still `notified` while its run ends, or is yet to come and then ends before its agent starts. */
  readonly item: QueueItem
  /** The run that was asked to end; null: none was there. */
  readonly stopping: RunId | null
}

/**
 * Use case: queue cancel. It is not tried again; a run of it is asked to end, and not waited for: `awaitItem` does. `by` says
 * who, in the run's records. Fails with `ItemUnknown`, or `ItemEnded`, which changes nothing.
 */
export const cancelItem = Effect.fn("cancelItem")(function* (id: QueueItemId, by: string) {
  const cancelled = yield* (yield* Queue).cancel(id)
  switch (cancelled._tag) {
    case "Cancelled":
      return { item: cancelled.item, stopping: null } satisfies CancelledItem
    case "Running":
      return yield* stopRunOf(cancelled.item, by)
    case "Ended":
      return yield* new ItemEnded({ item: id, state: cancelled.item.state })
    case "Unknown":
      return yield* new ItemUnknown({ item: id })
  }
})

const STEP_MS = 20
/** From the claim of an item to the record of its run it is a moment. */
const APPEAR_MS = 2000
/** The daemon hears of the end of a run at once. */
const SETTLE_MS = 2000

/** A claim that no run comes of is given back by the launcher or the next daemon, and cancelled then. */
const stopRunOf = Effect.fnUntraced(function* (claimed: QueueItem, by: string) {
  const [queue, runs] = [yield* Queue, yield* Runs]
  let item = claimed
  for (let waited = 0; item.state === "notified" && item.run !== null && waited < APPEAR_MS; waited += STEP_MS) {
    if (Option.isSome(yield* runs.find(item.run))) {
      yield* stopRun(item.run, by)
      return { item, stopping: item.run } satisfies CancelledItem
    }
    yield* Effect.sleep(STEP_MS)
    item = Option.getOrElse(yield* queue.find(item.id), () => item)
    if (!item.cancel_requested) break
  }
  return { item, stopping: null } satisfies CancelledItem
})

/** The item once its ended run was settled, or as it is when nobody does that soon. */
export const awaitSettled = Effect.fn("awaitSettled")(function* (item: QueueItem) {
  const queue = yield* Queue
  for (let waited = 0; ; waited += STEP_MS) {
    const now = Option.getOrElse(yield* queue.find(item.id), () => item)
    if (now.state !== "notified" || waited >= SETTLE_MS) return now
    yield* Effect.sleep(STEP_MS)
  }
})
