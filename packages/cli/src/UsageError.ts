import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Schema } from "effect"

/** The words on the command line make no sense together. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  message: Schema.String,
  remedy: Schema.String,
}) {
  readonly code = ExitCode.usage
}
