import { Effect, Option } from "effect"
import type { QueueItemId } from "./domain/QueueItem.ts"
import { ItemUnknown } from "./ItemUnknown.ts"
import { Queue } from "./Queue.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { watchDirectory } from "./system/Watch.ts"

/** Milliseconds between two looks when the watch brings nothing. */
const LOOK_MS = 1000

/**
 * Waits until an item is `completed` or in `error`, whatever process works it off and however many attempts that takes, and
 * gives it. Its last run, with outcome and evidence, is `Runs.require(item.run)`; an item that never ran has none. Has no
 * limit of its own: nothing ends while no daemon runs. Fails with `ItemUnknown`, `QueueUnavailable` or `HomeUnusable`.
 */
export const awaitItem = Effect.fn("awaitItem")(function* (id: QueueItemId) {
  const queue = yield* Queue
  const require = Effect.fnUntraced(function* () {
    return Option.getOrElse(yield* queue.find(id), () => null) ?? (yield* new ItemUnknown({ item: id }))
  })
  // whoever put the item into the queue made this directory
  yield* require()
  const nextChange = yield* watchDirectory((yield* KugetsuHome).queue.done)
  for (;;) {
    const item = yield* require()
    if (item.state === "completed" || item.state === "error") return item
    yield* nextChange(LOOK_MS)
  }
}, Effect.scoped)
