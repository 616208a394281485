import { Context, Schema, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { PullRequest } from "./domain/PullRequest.ts"
import { ExitCode } from "./domain/Failure.ts"

/** Why a forge gave no answer that can be relied on. Never read as "there is none". */
export class ForgeUnknown extends Schema.TaggedError<ForgeUnknown>()("ForgeUnknown", {
  host: Schema.String,
  operation: Schema.String,
  reason: Schema.Literals([
    "unauthorised",
    "forbidden",
    "not_found",
    "rate_limited",
    "unavailable",
    "bad_answer",
    "no_token",
    "unknown_forge",
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
  }
>()("@kugetsu/core/PullRequests") {}
