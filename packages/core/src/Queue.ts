import { Context, type DateTime, type Effect, type Option, Schema, type Stream } from "effect"
import type { Disposition } from "./domain/Disposition.ts"
import type { AgentSeen } from "./domain/ItemChange.ts"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { ItemState, QueueItem, QueueItemId } from "./domain/QueueItem.ts"
import type { RunId } from "./domain/Run.ts"

/** The queue cannot be read or changed now. Nothing was changed; later it may be possible. */
export class QueueUnavailable extends Schema.TaggedError<QueueUnavailable>()("QueueUnavailable", {
  reason: Schema.String,
  remedy: Schema.String,
  code: Schema.Int,
}) {
  override get message() {
    return `the queue is out of reach: ${this.reason}`
  }
}

/** UTF-8 bytes. */
export const LONGEST_MESSAGE = 1024 * 1024

/** A message that no queue takes. */
export class MessageTooLong extends Schema.TaggedError<MessageTooLong>()("MessageTooLong", {
  /** null: it was not read to its end. */
  bytes: Schema.NullOr(Schema.Int),
}) {
  readonly code = ExitCode.usage
  override get message() {
    const length = this.bytes === null ? `more than ${LONGEST_MESSAGE} bytes` : `${this.bytes} bytes`
    return `the message has ${length}, and ${LONGEST_MESSAGE} is the most that is taken`
  }
  get remedy() {
    return "Put the long part into the issue or into a file, and name it in the message."
  }
}

export interface NewItem {
  /** Enqueueing the same id again changes nothing. undefined: it gets one of its own. */
  readonly id?: QueueItemId
  /** null: for the PM. */
  readonly issue: IssueRef | null
  /** The person's words, kept byte for byte; at most `LONGEST_MESSAGE`. */
  readonly message: string
  /** From -999 to 999, 0 by default; higher runs first. */
  readonly priority?: number
  /** null, or left out: as soon as its turn comes. */
  readonly notBefore?: DateTime.Utc | null
}

/** Who holds an item: every attempt has a run of its own, so nobody can speak for an earlier one. */
export interface Claim {
  readonly id: QueueItemId
  readonly run: RunId
}

export type Enqueued =
  | { readonly _tag: "Enqueued"; readonly item: QueueItem }
  /** There is an item of that id, in whatever state. */
  | { readonly _tag: "Duplicate"; readonly item: QueueItem }

export type ClaimResult =
  | { readonly _tag: "Claimed"; readonly claim: Claim; readonly item: QueueItem }
  /** Somebody else has it, or it was cancelled. */
  | { readonly _tag: "Gone" }

export type Heartbeat =
  | { readonly _tag: "Held"; readonly item: QueueItem }
  /** The item is no longer this claim's. */
  | { readonly _tag: "Lost" }

export type Settled =
  | { readonly _tag: "Settled"; readonly item: QueueItem }
  /** The item is no longer this claim's; nothing was changed. */
  | { readonly _tag: "Stale" }

export type Cancelled =
  | { readonly _tag: "Cancelled"; readonly item: QueueItem }
  /** It runs: it will not be tried again, but its run must be stopped by who asks. */
  | { readonly _tag: "Running"; readonly item: QueueItem }
  /** It had ended before. */
  | { readonly _tag: "Ended"; readonly item: QueueItem }
  | { readonly _tag: "Unknown" }

export type Retried =
  | { readonly _tag: "Retried"; readonly item: QueueItem }
  /** Only what ended in error can be tried again. */
  | { readonly _tag: "NotInError"; readonly item: QueueItem }
  | { readonly _tag: "Unknown" }

export interface QueueStats {
  /** Of the four states. */
  readonly total: number
  readonly pending: number
  readonly notified: number
  readonly completed: number
  readonly error: number
  /** Quarantined records. */
  readonly bad: number
}

/** A record that could not be understood, put aside as it was. */
export interface Quarantined {
  readonly name: string
  /** Where it is kept, for a person to look at. */
  readonly place: string
  readonly reason: string
  /** ISO 8601; null: somebody else put it there. */
  readonly since: string | null
}

/** What a person must be told, once. */
export type QueueAlert =
  | { readonly _tag: "Quarantined"; readonly record: Quarantined }
  /** What was stored was gone, and the place for it was made anew. */
  | { readonly _tag: "StoreLost"; readonly detail: string }

/**
 * The tasks, from `delegate` to their end. Every change is there after a kill at any moment, or is not there at all. Layers:
 * `queue/FileQueue` (a home's, for any number of processes) and `queue/MemoryQueue` (this process's).
 */
export class Queue extends Context.Service<
  Queue,
  {
    /** The item survives a power cut once this has come back. */
    readonly enqueue: (item: NewItem) => Effect.Effect<Enqueued, MessageTooLong | QueueUnavailable>
    /** Sets a run to a pending item; of all who try, one gets it. A run that was settled gets nothing more. */
    readonly claim: (id: QueueItemId, run: RunId) => Effect.Effect<ClaimResult, QueueUnavailable>
    /** Says that the claim is in use, and what is known of its agent. */
    readonly heartbeat: (claim: Claim, seen?: AgentSeen) => Effect.Effect<Heartbeat, QueueUnavailable>
    /** Ends a claim by what came of its run. A repetition, also after a crash, is `Stale` or does the rest of it. */
    readonly settle: (claim: Claim, disposition: Disposition) => Effect.Effect<Settled, QueueUnavailable>
    /** Gives a claimed item back at its place, at no cost: the limit is reached, or its issue is busy. */
    readonly release: (claim: Claim) => Effect.Effect<Settled, QueueUnavailable>
    /** A waiting item ends; one that runs is not tried again. Its run goes on: `cancelItem` ends that, too. */
    readonly cancel: (id: QueueItemId) => Effect.Effect<Cancelled, QueueUnavailable>
    /** Gives an item that ended in error another set of attempts, at its old place. */
    readonly retry: (id: QueueItemId) => Effect.Effect<Retried, QueueUnavailable>
    /**
     * In the order in which items may run, all states unless some are named. Cheap for pending and notified ones, also
     * when there are many: it may be asked at every tick. Records that cannot be understood are put aside by it.
     */
    readonly list: (states?: ReadonlyArray<ItemState>) => Effect.Effect<ReadonlyArray<QueueItem>, QueueUnavailable>
    /** Forgets what this process remembers of items, so that the next look finds also what changed without a trace. */
    readonly reread: Effect.Effect<void>
    /** In whatever state. */
    readonly find: (id: QueueItemId) => Effect.Effect<Option.Option<QueueItem>, QueueUnavailable>
    readonly stats: Effect.Effect<QueueStats, QueueUnavailable>
    /** Forgets what ended before that time, and gives back what it forgot. */
    readonly clear: (olderThan: DateTime.Utc) => Effect.Effect<ReadonlyArray<QueueItem>, QueueUnavailable>
    /** While it is paused nothing should be claimed; lasts until `resume`. */
    readonly pause: Effect.Effect<void, QueueUnavailable>
    readonly resume: Effect.Effect<void, QueueUnavailable>
    /** Since when (ISO 8601). */
    readonly paused: Effect.Effect<Option.Option<string>, QueueUnavailable>
    /**
     * One at once, then one whenever what may be started may have changed, by whatever process: a hint to look. None comes
     * without a change, and now and then one gets lost: look also without a hint, at times. Those that come while nobody
     * asks are one.
     */
    readonly wakeups: Stream.Stream<void>
    /** Records that no item could be read from. */
    readonly quarantined: Effect.Effect<ReadonlyArray<Quarantined>, QueueUnavailable>
    /** What was not acknowledged yet. */
    readonly alerts: Effect.Effect<ReadonlyArray<QueueAlert>, QueueUnavailable>
    /** A person was told. */
    readonly acknowledge: (alert: QueueAlert) => Effect.Effect<void, QueueUnavailable>
  }
>()("@kugetsu/core/Queue") {}
