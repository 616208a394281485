import type { IssueText } from "@kugetsu/core/domain/IssueText"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { TokenRights } from "@kugetsu/core/ForgeTokens"
import type { PullRequestChecks } from "@kugetsu/core/domain/PullRequestChecks"
import type { ReviewRemark } from "@kugetsu/core/domain/ReviewRemark"
import type { ForgeUnknown, NewPullRequest } from "@kugetsu/core/PullRequests"
import type { Effect } from "effect"

export interface Repository {
  readonly owner: string
  readonly name: string
}

/** Where people talk: an issue, or a pull request of that number. */
export interface Thread {
  readonly kind: "issue" | "pull request"
  readonly number: number
}

/** What each forge can be asked; the meaning is that of `PullRequests` and `Issues`. */
export interface ForgeClient {
  readonly findByBranch: (repository: Repository, branch: string) => Effect.Effect<PullRequest | null, ForgeUnknown>
  /** The branch's open one; a closed one only where the forge tells it in the same breath. */
  readonly findOpen: (repository: Repository, branch: string) => Effect.Effect<PullRequest | null, ForgeUnknown>
  readonly findByNumber: (repository: Repository, number: number) => Effect.Effect<PullRequest, ForgeUnknown>
  /** Opens one without looking first. */
  readonly create: (repository: Repository, wanted: NewPullRequest) => Effect.Effect<PullRequest, ForgeUnknown>
  readonly checks: (repository: Repository, pull: PullRequest) => Effect.Effect<PullRequestChecks, ForgeUnknown>
  readonly remarks: (repository: Repository, number: number) => Effect.Effect<ReadonlyArray<ReviewRemark>, ForgeUnknown>
  /** The repository itself, in one call. */
  readonly rights: (repository: Repository) => Effect.Effect<TokenRights, ForgeUnknown>
  /** Whose the token is, in one call; done: somebody's. */
  readonly present: Effect.Effect<void, ForgeUnknown>
  readonly read: (repository: Repository, thread: Thread) => Effect.Effect<IssueText, ForgeUnknown>
  readonly comment: (
    repository: Repository,
    thread: Thread,
    body: string,
  ) => Effect.Effect<{ readonly url: string }, ForgeUnknown>
}
