import { DateTime } from "effect"
import type { Disposition } from "./Disposition.ts"
import type { QueueItem } from "./QueueItem.ts"
import type { RunId } from "./Run.ts"
import { timestamp } from "./Timestamp.ts"

/** The reasons the queue itself gives. */
export const CANCELLED = "cancelled"
export const UNFINISHED = "unfinished before the upgrade"

/** Of a claimed item's agent, as far as it is known. */
export interface AgentSeen {
  readonly sessionId?: string | null
  readonly pid?: number | null
}

export const withAgent = (item: QueueItem, { pid, sessionId }: AgentSeen): QueueItem => ({
  ...item,
  opencode_session_id: sessionId === undefined ? item.opencode_session_id : sessionId,
  pid: pid === undefined ? item.pid : pid,
})

/** As it is while a run is set to it; without this it is what it was before. */
export const claimed = (item: QueueItem, run: RunId): QueueItem => ({
  ...item,
  state: "notified",
  notified_at: timestamp(madeAt(run)),
  completed_at: null,
  run,
})

/** A run is made to claim an item. */
const madeAt = (run: RunId): DateTime.Utc => {
  const [, date, time] = /^r_(\d{8})T(\d{6})/.exec(run) ?? []
  const digits = `${date}${time}`.replace(/(....)(..)(..)(..)(..)(..)/, "$1-$2-$3T$4:$5:$6Z")
  return DateTime.makeUnsafe(digits)
}

export const settled = (item: QueueItem, disposition: Disposition, at: DateTime.Utc): QueueItem => {
  const ended = { ...item, pid: null, attempts: item.attempts + 1, completed_at: timestamp(at) }
  switch (disposition._tag) {
    case "Completed":
      return { ...ended, state: "completed", error: null }
    case "Error":
      return { ...ended, state: "error", error: disposition.reason }
    case "Again":
      if (item.cancel_requested) return { ...ended, state: "error", error: CANCELLED }
      return {
        ...item,
        state: "pending",
        pid: null,
        attempts: item.attempts + (disposition.costsAttempt ? 1 : 0),
        error: disposition.reason,
        not_before: disposition.notBefore === null ? null : timestamp(disposition.notBefore),
      }
  }
}

/** Of an item that waits, or that was given back after a person cancelled it. */
export const cancelled = (item: QueueItem, at: DateTime.Utc): QueueItem => ({
  ...item,
  state: "error",
  error: CANCELLED,
  pid: null,
  completed_at: timestamp(at),
})

/** A person gives an item that ended in error another set of attempts, at its old place. */
export const retried = (item: QueueItem): QueueItem => ({
  ...item,
  state: "pending",
  attempts: 0,
  not_before: null,
  completed_at: null,
  cancel_requested: false,
  retried_after: item.run,
})

/** When a done item came to its end, as far as is known. */
export const endedAt = (item: QueueItem): number =>
  Date.parse(item.completed_at ?? item.notified_at ?? item.pending_since)
