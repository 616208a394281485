import { Effect, Option } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import { NotTracked } from "./NotTracked.ts"
import { Sessions } from "./Sessions.ts"

/** The session of an issue, with the name of its files. */
export const requireTracked = Effect.fn("requireTracked")(function* (ref: IssueRef) {
  const tracked = yield* (yield* Sessions).find(ref)
  return Option.isSome(tracked) ? tracked.value : yield* new NotTracked({ what: ref.toString() })
})
