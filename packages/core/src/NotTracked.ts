import { Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"

/** No session of that name is kept. */
export class NotTracked extends Schema.TaggedError<NotTracked>()("NotTracked", { what: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `there is no session of ${this.what}`
  }
  get remedy() {
    return "`kugetsu list` shows those that there are, and `kugetsu restore` what is in the trash."
  }
}
