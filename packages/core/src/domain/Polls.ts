import { Schema } from "effect"
import { PullRequestState } from "./PullRequest.ts"

/** What is known of an issue's pull request from asking for it, now and then. Times are ISO 8601. */
export const Poll = Schema.Struct({
  /** The issue's newest run then: after another one everything is new. */
  run: Schema.NullOr(Schema.String),
  /** The address in the issue's record then: a person may note another one. */
  pr_url: Schema.NullOr(Schema.String),
  /** null: nobody was asked yet; `none`: the branch has none. */
  state: Schema.NullOr(Schema.Literals([...PullRequestState.literals, "none"])),
  number: Schema.NullOr(Schema.Int),
  /** Since when it was seen to be merged or closed. */
  ended_at: Schema.NullOr(Schema.String),
  /** Between the last time it was asked and the next. */
  pause_ms: Schema.Finite,
  /** It is not asked before. */
  next_at: Schema.String,
  /** In a row. */
  failures: Schema.Int,
  /** How often the worktree was to go and had to stay. */
  refusals: Schema.Int,
  /** It is not to go before; null: as soon as the time of grace is over. */
  remove_after: Schema.NullOr(Schema.String),
})
export type Poll = typeof Poll.Type

/** `queue/polls.json`. An issue's key is the name of its session; a host's time is that before which it is let alone. */
export const Polls = Schema.Struct({
  version: Schema.Literal(1),
  issues: Schema.Record(Schema.String, Poll),
  hosts: Schema.Record(Schema.String, Schema.String),
})
export type Polls = typeof Polls.Type

export const noPolls: Polls = { version: 1, issues: {}, hosts: {} }
