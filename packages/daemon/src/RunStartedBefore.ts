import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Schema } from "effect"

/** The run was started before, or has an outcome: it is never started again. */
export class RunStartedBefore extends Schema.TaggedError<RunStartedBefore>()("RunStartedBefore", {
  run: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `run ${this.run} was started before; a run starts at most once`
  }
  get remedy() {
    return `kugetsu logs ${this.run} shows what came of it; kugetsu continue starts a new run on the issue.`
  }
}
