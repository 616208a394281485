import { Schema } from "effect"

export const PullRequestState = Schema.Literals(["open", "draft", "merged", "closed"])
export type PullRequestState = typeof PullRequestState.Type

export const PullRequest = Schema.Struct({
  /** As people write it; GitLab's `iid`. */
  number: Schema.Int,
  url: Schema.String,
  state: PullRequestState,
  branch: Schema.String,
  /** The head commit's id where the forge tells it. */
  head: Schema.NullOr(Schema.String),
})
export type PullRequest = typeof PullRequest.Type
