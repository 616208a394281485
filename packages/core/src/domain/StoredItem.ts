import { Effect, Result, Schema } from "effect"
import { ItemState, QueueItem, QueueItemId } from "./QueueItem.ts"

/** A queue item as a record keeps it. */
export interface StoredItem {
  readonly item: QueueItem
  /** Written by the first kugetsu, which kept its items in all states in one place. */
  readonly first: boolean
}

const text = Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

/** What the first kugetsu, a program in bash, wrote: no version, and empty text for what it did not know. */
const FirstItem = Schema.Struct({
  id: QueueItemId,
  issue_ref: text,
  message: text,
  state: ItemState,
  pending_since: text,
  notified_at: text,
  completed_at: text,
  error: text,
  opencode_session_id: text,
  pid: Schema.NullOr(Schema.Union([Schema.Int, Schema.String])).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(null)),
  ),
})

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))
const decodeItem = Schema.decodeUnknownResult(QueueItem)
const decodeFirst = Schema.decodeUnknownResult(FirstItem)

/** The item a record holds, or why it holds none. */
export const readStoredItem = (record: string): Result.Result<StoredItem, string> =>
  decodeJson(record).pipe(
    Result.flatMap((json): Result.Result<StoredItem, Schema.SchemaError> =>
      typeof json === "object" && json !== null && !("version" in json)
        ? Result.map(decodeFirst(json), (item) => ({ item: ofFirst(item), first: true }))
        : Result.map(decodeItem(json), (item) => ({ item, first: false })),
    ),
    Result.mapError((error) => error.message.replace(/\s+/g, " ").slice(0, 500)),
  )

const encodeItem = Schema.encodeSync(QueueItem)

export const printItem = (item: QueueItem): string => JSON.stringify(encodeItem(item), null, 2) + "\n"

const ofFirst = (old: typeof FirstItem.Type): QueueItem => ({
  version: 1,
  id: old.id,
  issue_ref: old.issue_ref || null,
  message: old.message ?? "",
  state: old.state,
  pending_since: momentOf(old.pending_since) ?? new Date(0).toISOString(),
  notified_at: momentOf(old.notified_at),
  completed_at: momentOf(old.completed_at),
  error: old.error || null,
  attempts: 0,
  not_before: null,
  priority: 0,
  opencode_session_id: old.opencode_session_id || null,
  pid: Number.isInteger(Number(old.pid || Number.NaN)) ? Number(old.pid) : null,
  run: null,
  cancel_requested: false,
})

const momentOf = (text: string | null): string | null => (Number.isNaN(Date.parse(text ?? "")) ? null : text)
