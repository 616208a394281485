import { Effect } from "effect"
import { type IssueRef, pullRequestNumber } from "./domain/IssueRef.ts"
import { numberOfPullRequest } from "./domain/numberOfPullRequest.ts"
import { codePlace, pageOf } from "./ForgePlace.ts"
import { Servers } from "./Servers.ts"

/**
 * The number of an issue's pull request: its own where the issue is one, else that of the recorded address. null: none is
 * recorded, or one of another repository than the one that the forge is asked about.
 */
export const recordedNumber = Effect.fn("recordedNumber")(function* (ref: IssueRef, recordedUrl: string | null) {
  const own = pullRequestNumber(ref)
  if (own !== null || recordedUrl === null) return own
  return yield* codePlace(yield* Servers, ref).pipe(
    Effect.map((place) => numberOfPullRequest(recordedUrl, pageOf(place))),
    Effect.catchTag("NoForge", () => Effect.succeed(null)),
  )
})
