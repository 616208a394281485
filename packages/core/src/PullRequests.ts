import { Context, Schema, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { PullRequest } from "./domain/PullRequest.ts"
import type { PullRequestChecks } from "./domain/PullRequestChecks.ts"
import type { ReviewRemark } from "./domain/ReviewRemark.ts"
import { ExitCode } from "./domain/Failure.ts"

/** Why a forge gave no answer that can be relied on. Never read as "there is none". */
export class ForgeUnknown extends Schema.TaggedError<ForgeUnknown>()("ForgeUnknown", {
  host: Schema.String,
  operation: Schema.String,
  /**
   * `no_token`: none is set anywhere; `unknown_forge`: it is none that kugetsu knows; `misconfigured`: what a person
   * configured cannot be used as it is.
   */
  reason: Schema.Literals([
    "unauthorised",
    "forbidden",
    "not_found",
    "rate_limited",
    "unavailable",
    "bad_answer",
    "no_token",
    "unknown_forge",
    "misconfigured",
    "refused",
  ]),
  detail: Schema.String,
  /** ISO 8601; for rate_limited. */
  until: Schema.NullOr(Schema.String),
  remedy: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.host} did not answer ${this.operation}: ${this.detail}`
  }
}

/** The forge understood what was to be opened, and said no in words of its own: no commits between, no such base. */
export class PullRequestRefused extends Schema.TaggedError<PullRequestRefused>()("PullRequestRefused", {
  host: Schema.String,
  /** `owner/repo` there. */
  repository: Schema.String,
  branch: Schema.String,
  /** The forge's words, on one line. */
  detail: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.host} opens no pull request of ${this.repository} from ${this.branch}: ${this.detail}`
  }
  get remedy() {
    return "Push what is to be merged, or open the pull request by hand."
  }
}

export interface NewPullRequest {
  readonly title: string
  /** Markdown. */
  readonly body: string
  /** A branch of the same repository, pushed. */
  readonly branch: string
  readonly base: string
  readonly draft: boolean
}

/** What is known of a branch's pull request before the forge is asked. */
export interface KnownPullRequest {
  readonly number: number | null
  readonly branch: string | null
  /** The commit that the branch stands on here, where that is known. */
  readonly head?: string | null
}

/** The port to the forges; packages/forge fills it. */
export class PullRequests extends Context.Service<
  PullRequests,
  {
    /**
     * The pull request that decides what becomes of a branch: an open one wins, else the newest closed one.
     * null: the forge said, whole and exactly, that there is none.
     */
    readonly findByBranch: (ref: IssueRef, branch: string) => Effect.Effect<PullRequest | null, ForgeUnknown>
    readonly findByNumber: (ref: IssueRef, number: number) => Effect.Effect<PullRequest, ForgeUnknown>
    /**
     * As `findByBranch`, where a number may be known already: that one is asked for, and the branch's other ones too, as
     * branches are used again. One of a fork decides nothing, unless its head is ours. null also where nothing is known
     * that could be asked for.
     */
    readonly deciding: (ref: IssueRef, known: KnownPullRequest) => Effect.Effect<PullRequest | null, ForgeUnknown>
    /** Looks first: an open one of the branch is the answer, whoever made it. */
    readonly create: (
      ref: IssueRef,
      wanted: NewPullRequest,
    ) => Effect.Effect<PullRequest, ForgeUnknown | PullRequestRefused>
    readonly checks: (ref: IssueRef, pullRequest: PullRequest) => Effect.Effect<PullRequestChecks, ForgeUnknown>
    /** Reviews, comments on places in the code, and the conversation, in no order. */
    readonly remarks: (ref: IssueRef, number: number) => Effect.Effect<ReadonlyArray<ReviewRemark>, ForgeUnknown>
  }
>()("@kugetsu/core/PullRequests") {}
