import { Effect, Schema } from "effect"

export const SessionType = Schema.Literals(["base", "pm_agent", "forked"])
export type SessionType = typeof SessionType.Type

export const SessionState = Schema.Literals(["idle", "active", "timeout", "completed", "error"])
export type SessionState = typeof SessionState.Type

const orNull = <S extends Schema.Constraint>(schema: S) =>
  Schema.NullOr(schema).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

/**
 * One file of `sessions/`: what kugetsu knows of an issue, or of its own base and PM sessions. A file without `version`
 * was written by the first kugetsu and lacks the younger fields.
 */
export const Session = Schema.Struct({
  version: Schema.Literal(1).pipe(Schema.withDecodingDefaultKey(Effect.succeed(1 as const))),
  type: SessionType,
  issue_ref: orNull(Schema.String),
  /** null until the session was imported into the issue's own database. */
  opencode_session_id: orNull(Schema.String),
  /** Absolute. */
  worktree_path: orNull(Schema.String),
  /** ISO 8601 with offset. */
  created_at: Schema.String,
  state: SessionState.pipe(Schema.withDecodingDefaultKey(Effect.succeed("idle" as const))),
  pr_url: orNull(Schema.String),
  branch_name: orNull(Schema.String),
  /** The newest run, of which the truth is in `runs/<run>/`. */
  run: orNull(Schema.String),
})
export type Session = typeof Session.Type
