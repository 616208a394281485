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
  "notifications_dropped",
  "quota_wait",
  "held_back",
  "not_removed",
  "record_unreadable",
  "pull_request_opened",
  "pull_request_missing",
  "worktree_removed",
  "worktree_kept",
  "session_quarantined",
  "context_not_kept",
  "output_not_masked",
])
export type NotificationType = typeof NotificationType.Type

const text = Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

/**
 * One entry of notifications.json, by whomever it was written: what the first kugetsu did not have is null, and what
 * else it has stays.
 */
export const StoredNotification = Schema.StructWithRest(
  Schema.Struct({
    id: text,
    timestamp: text,
    type: Schema.String,
    message: text,
    issue_ref: text,
    url: text,
    /** The first kugetsu's name for `url`. */
    gitea_url: Schema.optionalKey(Schema.NullOr(Schema.String)),
    read: Schema.NullOr(Schema.Boolean).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
    dropped: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)),
  }),
  [Schema.Record(Schema.String, Schema.Unknown)],
)

/** One piece of news. */
export type Notification = {
  /** Made from what it tells, so that nothing is told twice. */
  readonly id: string
  readonly timestamp: string
  /** A `NotificationType`; the first kugetsu had others too. */
  readonly type: string
  readonly message: string
  readonly issue_ref: string | null
  /** Of the issue or its pull request. */
  readonly url: string | null
  readonly read: boolean
  /** Of `notifications_dropped`: how many of which type it stands for. */
  readonly dropped?: Readonly<Record<string, number>>
}

/** `place` is its own among the entries of its file. */
export const ofStored = (stored: typeof StoredNotification.Type, place: number): Notification => ({
  ...stored,
  id: stored.id || `first.${place}`,
  timestamp: stored.timestamp || new Date(0).toISOString(),
  message: stored.message ?? "",
  issue_ref: stored.issue_ref || null,
  url: stored.url || stored.gitea_url || null,
  read: stored.read ?? false,
})

/** Of a message, for a line in a list. */
export const headlineOf = (message: string): string => {
  const line = message.trimStart().split("\n", 1)[0] ?? ""
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
