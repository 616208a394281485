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
  /** Missing in older records. */
  title: Schema.optionalKey(Schema.String),
  /** The branch it asks to be merged into; missing in older records. */
  base: Schema.optionalKey(Schema.String),
  /** Its branch is one of the repository it asks to be merged into, and no fork's; missing in older records. */
  from_here: Schema.optionalKey(Schema.Boolean),
})
export type PullRequest = typeof PullRequest.Type

/** Whether people still work on it. */
export const isOpenPullRequest = ({ state }: PullRequest): boolean => state === "open" || state === "draft"

/** The one of several that decides what becomes of their branch: an open one, else the newest. */
export const decidingPullRequest = (candidates: ReadonlyArray<PullRequest>): PullRequest | null =>
  candidates.reduce<PullRequest | null>((best, one) => {
    if (best === null) return one
    const isBetter =
      isOpenPullRequest(one) === isOpenPullRequest(best) ? one.number > best.number : isOpenPullRequest(one)
    return isBetter ? one : best
  }, null)
