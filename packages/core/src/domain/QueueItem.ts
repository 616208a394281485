import { Effect, Schema } from "effect"
import { RunId } from "./Run.ts"

/** Ours are `q_` + UTC milliseconds + random tail, so that they sort by time; the first kugetsu chose otherwise. */
export const QueueItemId = Schema.String.check(Schema.isPattern(/^q_[0-9A-Za-z_-]{1,100}$/)).pipe(
  Schema.brand("QueueItemId"),
)
export type QueueItemId = typeof QueueItemId.Type

export const isQueueItemId = Schema.is(QueueItemId)

const tailLength = 6
const tails = 36 ** tailLength
const ourId = /^q_(\d{13})_([0-9a-z]{6})$/

/** Not one that the first kugetsu chose. */
export const isOwnId = (id: QueueItemId): boolean => ourId.test(id)

const idOf = (ms: number, tail: number): QueueItemId =>
  QueueItemId.make(`q_${String(ms).padStart(13, "0")}_${tail.toString(36).padStart(tailLength, "0")}`)

/**
 * An id that sorts after `previous`, the last one of this process, however many are made in a millisecond and whatever
 * the clock does. `random` is a number from 0 to below 1.
 */
export const newQueueItemId = (at: Date, random: number, previous: QueueItemId | null): QueueItemId => {
  const [, ms, tail] = previous === null ? [] : (ourId.exec(previous) ?? [])
  if (ms === undefined || tail === undefined || Number(ms) < at.getTime()) {
    return idOf(at.getTime(), Math.floor(random * tails))
  }
  const next = Number.parseInt(tail, 36) + 1
  return next < tails ? idOf(Number(ms), next) : idOf(Number(ms) + 1, 0)
}

/** `notified` is the first kugetsu's word for: an agent has been set to it. */
export const ItemState = Schema.Literals(["pending", "notified", "completed", "error"])
export type ItemState = typeof ItemState.Type

/** Higher runs first. */
export const Priority = Schema.Int.check(Schema.isBetween({ minimum: -999, maximum: 999 }))

/** Any form of date and time that can be understood; kugetsu writes ISO 8601 with offset. */
const Moment = Schema.String.check(
  Schema.makeFilter((text: string) => !Number.isNaN(Date.parse(text)) || "not a date and time"),
)

/** One task of the queue, from `delegate` to its end. */
export const QueueItem = Schema.Struct({
  version: Schema.Literal(1),
  id: QueueItemId,
  /** null: for the PM. */
  issue_ref: Schema.NullOr(Schema.String),
  /** The person's words, byte for byte. */
  message: Schema.String,
  state: ItemState,
  /** When it was enqueued; being tried again does not change it. */
  pending_since: Moment,
  /** When it was last claimed. */
  notified_at: Schema.NullOr(Moment),
  completed_at: Schema.NullOr(Moment),
  /** Why it ended in `error`, or why its last attempt came to nothing. */
  error: Schema.NullOr(Schema.String),
  /** Ended attempts that count. */
  attempts: Schema.Int,
  not_before: Schema.NullOr(Moment),
  priority: Priority,
  opencode_session_id: Schema.NullOr(Schema.String),
  /** Of the agent, while it runs. */
  pid: Schema.NullOr(Schema.Int),
  /** The run it was last claimed for. */
  run: Schema.NullOr(RunId),
  /** Somebody cancelled it while it ran: it is not tried again. */
  cancel_requested: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  /** The run after which a person gave it another set of attempts: what it and earlier ones came to does not count. */
  retried_after: Schema.optionalKey(Schema.NullOr(RunId)),
})
export type QueueItem = typeof QueueItem.Type

/** Sorts, as text, in the order in which items may run: by priority, then by age. */
export const turnOf = (item: QueueItem): string => {
  const ms = ourId.exec(item.id)?.[1] ?? String(Date.parse(item.pending_since)).padStart(13, "0")
  return `${String(1000 - item.priority).padStart(4, "0")} ${ms} ${item.id}`
}

export const countByState = (items: ReadonlyArray<QueueItem>): Readonly<Record<ItemState, number>> => {
  const count = { pending: 0, notified: 0, completed: 0, error: 0 }
  for (const item of items) count[item.state] += 1
  return count
}
