import { Effect, Schema } from "effect"

/** What people are told of. */
export const NotificationType = Schema.Literals([
  "task_queued",
  "task_dequeued",
  "task_started",
  "task_completed",
  "task_error",
  "needs_input",
  "queue_quarantined",
  "queue_lost",
  "disk_full",
  "config_broken",
  "pull_request_opened",
  "pull_request_missing",
  "worktree_removed",
  "worktree_kept",
])
export type NotificationType = typeof NotificationType.Type

/** One entry of notifications.json. */
export const Notification = Schema.Struct({
  /** Made from what it tells, so that nothing is told twice. */
  id: Schema.String,
  timestamp: Schema.String,
  /** The first kugetsu had other types too. */
  type: Schema.String,
  message: Schema.String,
  issue_ref: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  /** Of the issue or its pull request. */
  url: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  read: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
})
export type Notification = typeof Notification.Type

/** Of a message, for a line in a list. */
export const headlineOf = (message: string): string => {
  const line = message.trimStart().split("\n", 1)[0] ?? ""
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
