import { Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import { requirePullRequest } from "./requirePullRequest.ts"
import { requireTracked } from "./requireTracked.ts"
import { Sessions } from "./Sessions.ts"

/** Notes which pull request is the issue's, from what a person pasted. */
export const setPullRequest = Effect.fn("setPullRequest")(function* (ref: IssueRef, text: string) {
  const pr_url = yield* requirePullRequest(ref, text)
  yield* requireTracked(ref)
  // it may be destroyed at this moment
  const { session } = yield* (yield* Sessions).amend(ref, (known) => ({ ...known, pr_url }))
  return { issue_ref: session.issue_ref, pr_url, branch_name: session.branch_name }
})
