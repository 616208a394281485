import { Effect, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { Sessions } from "./Sessions.ts"

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

/** The session of an issue, with the name of its files. */
export const requireTracked = Effect.fn("requireTracked")(function* (ref: IssueRef) {
  const tracked = yield* (yield* Sessions).find(ref)
  return Option.isSome(tracked) ? tracked.value : yield* new NotTracked({ what: ref.toString() })
})
