import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { ItemState, type QueueItemId } from "./domain/QueueItem.ts"
import { ItemUnknown } from "./ItemUnknown.ts"
import { Queue } from "./Queue.ts"

/** What waits, runs or went well cannot be tried again. */
export class ItemNotInError extends Schema.TaggedError<ItemNotInError>()("ItemNotInError", {
  item: Schema.String,
  state: ItemState,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.item} did not end in error: it is ${this.state}`
  }
  get remedy() {
    return `\`kugetsu explain ${this.item}\` tells how it stands.`
  }
}

/**
 * Use case: queue retry. Gives an item that ended in error another set of attempts, at its old place. Fails with `ItemUnknown`
 * or `ItemNotInError`, and then nothing is changed.
 */
export const retryItem = Effect.fn("retryItem")(function* (id: QueueItemId) {
  const retried = yield* (yield* Queue).retry(id)
  switch (retried._tag) {
    case "Retried":
      return retried.item
    case "NotInError":
      return yield* new ItemNotInError({ item: id, state: retried.item.state })
    case "Unknown":
      return yield* new ItemUnknown({ item: id })
  }
})
