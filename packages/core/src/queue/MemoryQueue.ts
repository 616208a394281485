import { DateTime, Effect, Layer, Option, Queue as Mailbox, Stream } from "effect"
import { cancelled, claimed, endedAt, retried, settled, withAgent } from "../domain/ItemChange.ts"
import { countByState, type ItemState, type QueueItem, type QueueItemId, turnOf } from "../domain/QueueItem.ts"
import type { RunId } from "../domain/Run.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { type Cancelled, type Claim, type NewItem, Queue, type Retried, type Settled } from "../Queue.ts"
import { itemMaker } from "./newItem.ts"

interface Kept {
  /** Without what a claim makes of it. */
  readonly item: QueueItem
  /** Who claimed it. */
  readonly run: RunId | null
}

const shown = ({ item, run }: Kept): QueueItem => (run === null ? item : claimed(item, run))

/** A queue that ends with its process, for tests. */
export const layer = Layer.sync(Queue, () => {
  const records = new Map<QueueItemId, Kept>()
  const listeners = new Set<() => void>()
  const makeItem = itemMaker()
  let pausedSince = Option.none<string>()

  const wake = (): void => {
    for (const listener of listeners) listener()
  }

  const keep = (item: QueueItem, run: RunId | null = null): QueueItem => {
    records.set(item.id, { item, run })
    wake()
    return shown({ item, run })
  }

  const find = (id: QueueItemId): QueueItem | null => {
    const kept = records.get(id)
    return kept === undefined ? null : shown(kept)
  }

  /** As it was before it was claimed, if it is this claim's. */
  const held = ({ id, run }: Claim): QueueItem | null => {
    const kept = records.get(id)
    return kept?.run === run ? kept.item : null
  }

  const end = (claim: Claim, ended: (before: QueueItem, at: DateTime.Utc) => QueueItem) =>
    Effect.map(DateTime.now, (now): Settled => {
      const before = held(claim)
      return before === null ? { _tag: "Stale" } : { _tag: "Settled", item: keep(ended(before, now)) }
    })

  const cancel = (id: QueueItemId, now: DateTime.Utc): Cancelled => {
    const kept = records.get(id)
    if (kept === undefined) return { _tag: "Unknown" }
    const { item, run } = kept
    if (run !== null) return { _tag: "Running", item: keep({ ...item, cancel_requested: true }, run) }
    return item.state === "pending" ? { _tag: "Cancelled", item: keep(cancelled(item, now)) } : { _tag: "Ended", item }
  }

  const retry = (item: QueueItem | null): Retried => {
    if (item === null) return { _tag: "Unknown" }
    return item.state === "error" ? { _tag: "Retried", item: keep(retried(item)) } : { _tag: "NotInError", item }
  }

  const list = (states?: ReadonlyArray<ItemState>) =>
    Effect.sync(() =>
      [...records.values()]
        .map(shown)
        .filter((item) => states === undefined || states.includes(item.state))
        .sort((a, b) => (turnOf(a) < turnOf(b) ? -1 : 1)),
    )

  return Queue.of({
    enqueue: Effect.fn("Queue.enqueue")(function* (asked: NewItem) {
      const item = yield* makeItem(asked)
      const existing = find(item.id)
      return existing === null ? { _tag: "Enqueued", item: keep(item) } : { _tag: "Duplicate", item: existing }
    }),
    claim: (id, run) =>
      Effect.sync(() => {
        const item = find(id)
        if (item?.state !== "pending" || item.run === run) return { _tag: "Gone" }
        return { _tag: "Claimed", claim: { id, run }, item: keep(item, run) }
      }),
    heartbeat: (claim, seen = {}) =>
      Effect.sync(() => {
        const before = held(claim)
        return before === null ? { _tag: "Lost" } : { _tag: "Held", item: keep(withAgent(before, seen), claim.run) }
      }),
    settle: (claim, disposition) => end(claim, (before, now) => settled(claimed(before, claim.run), disposition, now)),
    release: (claim) => end(claim, (before, now) => (before.cancel_requested ? cancelled(before, now) : before)),
    cancel: (id) => Effect.map(DateTime.now, (now) => cancel(id, now)),
    retry: (id) => Effect.sync(() => retry(find(id))),
    list,
    reread: Effect.void,
    find: (id) => Effect.sync(() => Option.fromNullOr(find(id))),
    stats: Effect.map(list(), (all) => ({ total: all.length, ...countByState(all), bad: 0 })),
    clear: (olderThan) =>
      Effect.map(list(["completed", "error"]), (done) => {
        const old = done.filter((item) => endedAt(item) < DateTime.toEpochMillis(olderThan))
        for (const item of old) records.delete(item.id)
        return old
      }),
    pause: Effect.map(DateTime.now, (now) => {
      if (Option.isNone(pausedSince)) pausedSince = Option.some(timestamp(now))
      wake()
    }),
    resume: Effect.sync(() => {
      pausedSince = Option.none()
      wake()
    }),
    paused: Effect.sync(() => pausedSince),
    wakeups: Stream.callback<void>(
      (mailbox) => {
        const offer = () => Mailbox.offerUnsafe(mailbox, undefined)
        return Effect.acquireRelease(
          Effect.sync(() => {
            listeners.add(offer)
            offer()
          }),
          () => Effect.sync(() => listeners.delete(offer)),
        )
      },
      { bufferSize: 1, strategy: "sliding" },
    ),
    quarantined: Effect.succeed([]),
    alerts: Effect.succeed([]),
    acknowledge: () => Effect.void,
  })
})
