import { Effect, Schema } from "effect"
import { Message } from "./Conversation.ts"
import { Outcome } from "./Outcome.ts"
import { TurnReport } from "./TurnReport.ts"

const textOrNull = Schema.NullOr(Schema.String)
const unknown = textOrNull.pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

/** What a run came to; it outlives the run's own records. */
export const ContextRun = Schema.Struct({
  run: Schema.String,
  /** What was asked for; null: to go on. */
  message: textOrNull,
  outcome: Outcome,
  evidence: Schema.Array(Schema.String),
  /** Why nothing was started, or why it could not be looked after. */
  failure: textOrNull,
  commits: Schema.Array(Schema.Struct({ sha: Schema.String, subject: Schema.String })),
  /** The agent's last words. */
  last_text: textOrNull,
  pr_url: textOrNull,
  /** null: no agent was started, or its files could not be read. */
  tokens: Schema.NullOr(TurnReport.fields.tokens),
  /** US dollars. */
  cost: Schema.NullOr(Schema.Finite),
  started_at: textOrNull,
  finished_at: Schema.String,
})
export type ContextRun = typeof ContextRun.Type

/**
 * `context/NAME.json`: what must survive the session of an issue. It is the issue's and no session's; a file without
 * `version` was written by the first kugetsu, which kept the last twenty messages and no outcome.
 */
export const TaskContext = Schema.Struct({
  version: Schema.Literal(1).pipe(Schema.withDecodingDefaultKey(Effect.succeed(1 as const))),
  /** null: the PM's. */
  issue_ref: unknown,
  current_branch: unknown,
  created_at: unknown,
  updated_at: unknown,
  /** The newest words of the conversation. */
  last_message: unknown,
  /** Oldest first, over all sessions the issue ever had, and never cut. */
  conversation_history: Schema.Array(Message).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  /** The session that was looked at last, and how many messages it had. */
  session: Schema.NullOr(Schema.Struct({ id: Schema.String, messages: Schema.Int })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(null)),
  ),
  /** Oldest first. */
  runs: Schema.Array(ContextRun).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
})
export type TaskContext = typeof TaskContext.Type

export const newContext = (issueRef: string | null, createdAt: string): TaskContext => ({
  version: 1,
  issue_ref: issueRef,
  current_branch: null,
  created_at: createdAt,
  updated_at: createdAt,
  last_message: null,
  conversation_history: [],
  session: null,
  runs: [],
})
