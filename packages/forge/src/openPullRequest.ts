import { isOpenPullRequest } from "@kugetsu/core/domain/PullRequest"
import { type NewPullRequest, PullRequestRefused } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"
import type { ForgeClient, Repository } from "./ForgeClient.ts"

/**
 * Opens a pull request unless the branch has an open one. It is sent once: where it is not known whether it arrived, and
 * where somebody else was faster, the branch is looked at again.
 */
export const openPullRequest = Effect.fn("openPullRequest")(function* (
  client: ForgeClient,
  host: string,
  repository: Repository,
  wanted: NewPullRequest,
) {
  const look = Effect.map(client.findOpen(repository, wanted.branch), (found) =>
    found !== null && isOpenPullRequest(found) ? found : null,
  )
  const there = yield* look
  if (there !== null) return there
  return yield* client.create(repository, wanted).pipe(
    Effect.catchTag("ForgeUnknown", (error) =>
      Effect.gen(function* () {
        const mayBeThere = ["refused", "unavailable", "bad_answer"].includes(error.reason)
        // the first error tells more than that of a second look
        const found = mayBeThere ? yield* Effect.orElseSucceed(look, () => null) : null
        if (found !== null) return found
        if (error.reason !== "refused") return yield* error
        return yield* new PullRequestRefused({
          host,
          repository: `${repository.owner}/${repository.name}`,
          branch: wanted.branch,
          detail: error.detail,
        })
      }),
    ),
  )
})
