import { Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"

/** Something else is by now where something would have to come back to. */
export class PlaceTaken extends Schema.TaggedError<PlaceTaken>()("PlaceTaken", {
  /** The issue, or the id. */
  wanted: Schema.String,
  /** Sentences. */
  taken: Schema.Array(Schema.String),
  remedy: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.wanted} cannot be restored: ${this.taken.join("; ")}`
  }
}
