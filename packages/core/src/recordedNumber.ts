import { Effect } from "effect"
import { type IssueRef, pullRequestNumber } from "./domain/IssueRef.ts"
import { codePlace } from "./ForgePlace.ts"
import { pullRequestAt } from "./pullRequestAt.ts"
import { Servers } from "./Servers.ts"

/**
 * The number of an issue's pull request: its own where the issue is one, else that of the recorded address. null: none is
 * recorded, or one of another repository than the one that the forge is asked about.
 */
export const recordedNumber = Effect.fn("recordedNumber")(function* (ref: IssueRef, recordedUrl: string | null) {
  const own = pullRequestNumber(ref)
  if (own !== null || recordedUrl === null) return own
  const servers = yield* Servers
  return yield* codePlace(servers, ref).pipe(
    Effect.flatMap((place) => pullRequestAt(servers, place, recordedUrl)),
    Effect.map((found) => found?.number ?? null),
    Effect.catchTag("NoForge", () => Effect.succeed(null)),
  )
})
