import { Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"

/** Something that cannot be taken away without breaking what must stay. */
export class NotMovable extends Schema.TaggedError<NotMovable>()("NotMovable", {
  path: Schema.String,
  reason: Schema.String,
  remedy: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.path} cannot go to the trash: ${this.reason}`
  }
}
