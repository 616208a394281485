import { Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"

/** Nothing of that name can be restored. */
export class NotInTrash extends Schema.TaggedError<NotInTrash>()("NotInTrash", {
  /** The issue, or the id. */
  wanted: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `nothing of ${this.wanted} is in the trash`
  }
  get remedy() {
    return "Each directory of the trash has a receipt.json, which says what is in it."
  }
}
