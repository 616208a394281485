import { ExitCode } from "@kugetsu/core/domain/Failure"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect, Schema } from "effect"
import { RUN_VARIABLE } from "./RunLocks.ts"

/** A daemon started inside an agent's run would die with the run, and its agents with it. */
export class DaemonInsideRun extends Schema.TaggedError<DaemonInsideRun>()("DaemonInsideRun", { run: Schema.String }) {
  readonly code = ExitCode.refused
  override get message() {
    return `this is inside run ${this.run}, and what is started here ends with it`
  }
  get remedy() {
    return "Start the daemon from outside, as a person or a service."
  }
}

export const requireOutsideRun = Effect.flatMap(HostEnvironment, ({ [RUN_VARIABLE]: run }) =>
  run ? Effect.fail(new DaemonInsideRun({ run })) : Effect.void,
)
