import type { ItemState, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { Notification } from "@kugetsu/core/domain/Notification"
import type { Clock, RunId } from "@kugetsu/core/domain/Run"
import type { RunPhase } from "@kugetsu/core/listRuns"
import type { Explanation } from "./explainGate.ts"

/**
 * All that goes on, for who looks on, with the field names of `--json`. It holds points in time (ISO 8601) and no ages:
 * it changes only when something happens.
 */
export interface Overview {
  readonly daemon: {
    readonly running: boolean
    readonly pid: number | null
    readonly version: string | null
    readonly since: string | null
  }
  /** Of agents; `limit` is null while the configuration cannot be read. */
  readonly slots: { readonly limit: number | null; readonly used: number }
  readonly queue: Readonly<Record<ItemState | "total" | "bad", number>>
  /** Since when; null: it is not. */
  readonly paused: string | null
  /** Oldest first. */
  readonly running: ReadonlyArray<AgentAtWork>
  /** In turn. */
  readonly waiting: ReadonlyArray<WaitingTask>
  /** Unread ones, newest first. */
  readonly notifications: ReadonlyArray<Notification>
  /** What could not be read, in words. */
  readonly troubles: ReadonlyArray<string>
}

export interface AgentAtWork {
  readonly run: RunId
  /** null for the PM. */
  readonly issue_ref: string | null
  readonly phase: RunPhase
  readonly requested_at: string
  readonly started_at: string | null
  /** Who asked for its end; null: nobody. */
  readonly stopped_by: string | null
  readonly last_tool: LastTool | null
  /** null: nothing was heard of it yet. */
  readonly last_event_at: string | null
  /** When each clock ends it, if nothing is heard of it until then; null: that clock does not run. */
  readonly limits: Readonly<Record<Clock, string | null>>
}

export interface LastTool {
  readonly tool: string
  /** The command, the file, the pattern. */
  readonly subject: string
  readonly failed: boolean
  readonly at: string
}

export interface WaitingTask {
  readonly id: QueueItemId
  /** null for the PM. */
  readonly issue_ref: string | null
  readonly priority: number
  readonly attempts: number
  readonly pending_since: string
  /** As `explain` names it; `starting`: it is the next. */
  readonly gate: Explanation["gate"]
  readonly detail: string
  readonly until: string | null
}
