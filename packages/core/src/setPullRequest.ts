import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { PullRequests } from "./PullRequests.ts"
import { requirePullRequest } from "./requirePullRequest.ts"
import { requireTracked } from "./requireTracked.ts"
import { Sessions } from "./Sessions.ts"

/** A pull request that says nothing of any branch of the repository. */
export class PullRequestOfFork extends Schema.TaggedError<PullRequestOfFork>()("PullRequestOfFork", {
  url: Schema.String,
  branch: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.url} comes from ${this.branch} of a fork, and would say nothing of the issue's own branch`
  }
  get remedy() {
    return "Nothing was noted. Give the pull request of the issue's own branch."
  }
}

/** Notes which pull request is the issue's, from what a person pasted. */
export const setPullRequest = Effect.fn("setPullRequest")(function* (ref: IssueRef, text: string) {
  const { number, url: pr_url } = yield* requirePullRequest(ref, text)
  yield* requireTracked(ref)
  const found = yield* (yield* PullRequests).findByNumber(ref, number).pipe(
    // what it says is asked again before anything is done because of it
    Effect.catchTag("ForgeUnknown", ({ message }) =>
      Effect.as(Effect.logWarning(`${message}; it is noted all the same`), null),
    ),
  )
  if (found?.from_here === false) return yield* new PullRequestOfFork({ url: pr_url, branch: found.branch })
  // it may be destroyed at this moment
  const { session } = yield* (yield* Sessions).amend(ref, (known) => ({ ...known, pr_url }))
  return { issue_ref: session.issue_ref, pr_url, branch_name: session.branch_name }
})
