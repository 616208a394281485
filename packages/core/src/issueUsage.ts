import { Effect, Option } from "effect"
import { parseIssueRef } from "./domain/IssueRef.ts"
import { Sessions } from "./Sessions.ts"

/**
 * What all ended runs of an issue (null: the PM) took of the model. null where its record has no sum, or cannot be read:
 * whoever shows a run shows it all the same.
 */
export const issueUsage = Effect.fn("issueUsage")(function* (issueRef: string | null) {
  const sessions = yield* Sessions
  const session =
    issueRef === null
      ? sessions.pm
      : Effect.map(
          Effect.flatMap(Effect.fromResult(parseIssueRef(issueRef)), sessions.find),
          Option.map(({ session }) => session),
        )
  return yield* session.pipe(
    Effect.map((found) => Option.getOrNull(found)?.usage ?? null),
    Effect.catchTag(["RecordUnreadable", "InvalidIssueRef"], () => Effect.succeed(null)),
  )
})
