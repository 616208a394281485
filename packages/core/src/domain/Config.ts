import { Schema } from "effect"
import { ExitCode } from "./Failure.ts"

/** A line of `config` (or an environment variable of that name) that cannot be taken as it stands. */
export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  /** The file and line, or the environment variable. */
  where: Schema.String,
  key: Schema.String,
  reason: Schema.String,
  allowed: Schema.String,
}) {
  readonly code = ExitCode.config
  override get message() {
    return `${this.where}: ${this.key}: ${this.reason}`
  }
  get remedy() {
    return this.allowed
  }
}
