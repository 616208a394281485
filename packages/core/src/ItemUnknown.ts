import { Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"

/** No item of the queue has that id, or it was cleaned up. */
export class ItemUnknown extends Schema.TaggedError<ItemUnknown>()("ItemUnknown", { item: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `there is no item ${this.item} in the queue`
  }
  get remedy() {
    return "`kugetsu queue list` shows what is there."
  }
}
