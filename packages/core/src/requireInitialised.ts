import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { Sessions } from "./Sessions.ts"

/** `kugetsu init` has not been run in this home, or not to its end. */
export class NotInitialised extends Schema.TaggedError<NotInitialised>()("NotInitialised", {
  status: Schema.Literals(["kugetsu_not_initialized", "base_session_missing", "pm_agent_missing"]),
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    switch (this.status) {
      case "kugetsu_not_initialized":
        return "kugetsu is not initialised"
      case "base_session_missing":
        return "the base session is missing"
      case "pm_agent_missing":
        return "the PM agent's session is missing"
    }
  }
  get remedy() {
    return "Run: kugetsu init"
  }
}

/** Fails unless base and PM sessions are there. */
export const requireInitialised = Effect.gen(function* () {
  const status = yield* (yield* Sessions).status
  if (status !== "ok") return yield* new NotInitialised({ status })
}).pipe(Effect.withSpan("requireInitialised"))
