import { Schema } from "effect"

export const Tokens = Schema.Struct({
  input: Schema.Finite,
  output: Schema.Finite,
  reasoning: Schema.Finite,
  cache_read: Schema.Finite,
  cache_write: Schema.Finite,
})

/** A provider refused for its quota (HTTP 429 and the like), and when it said to come back, in seconds. */
export const QuotaRefusal = Schema.Struct({
  retry_after_s: Schema.NullOr(Schema.Finite),
  /** ISO 8601; there only while the agent itself waits for this time. */
  again_at: Schema.optionalKey(Schema.String),
})
export type QuotaRefusal = typeof QuotaRefusal.Type

/**
 * What the files of one agent turn say, whatever the agent's engine: the raw material of an outcome. Nothing here is
 * believed alone: exit 0 proves nothing.
 */
export const TurnReport = Schema.Struct({
  /** Well-formed events of the turn. */
  events: Schema.Int,
  /** Lines of the event file that were no event. */
  malformed_lines: Schema.Int,
  /** The last error the agent reported; `status` is the provider's HTTP status. */
  error: Schema.NullOr(
    Schema.Struct({ name: Schema.String, message: Schema.String, status: Schema.NullOr(Schema.Int) }),
  ),
  /** Why the last step ended; `stop` is the only good end. */
  last_step: Schema.NullOr(Schema.String),
  /** The agent's last words, whole. */
  last_text: Schema.NullOr(Schema.String),
  /** The last tool the agent used, for `logs` and for the evidence of a clock. */
  last_tool: Schema.NullOr(Schema.String),
  /** A permission that was asked for, and that nobody was there to give. */
  permission_asked: Schema.NullOr(Schema.String),
  quota: Schema.NullOr(QuotaRefusal),
  /** Sums over all steps. */
  tokens: Tokens,
  /** US dollars, as the agent reckons them. */
  cost: Schema.Finite,
})
export type TurnReport = typeof TurnReport.Type
