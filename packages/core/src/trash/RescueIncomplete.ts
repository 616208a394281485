import { Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"

/** Commits without which a worktree would be of no use are in no repository any more. */
export class RescueIncomplete extends Schema.TaggedError<RescueIncomplete>()("RescueIncomplete", {
  wanted: Schema.String,
  /** Sentences. */
  missing: Schema.Array(Schema.String),
  /** Where the files are. */
  directory: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.wanted} cannot be restored: ${this.missing.join("; ")}`
  }
  get remedy() {
    return `Nothing was changed. The files are in ${this.directory}, and can be copied from there.`
  }
}
