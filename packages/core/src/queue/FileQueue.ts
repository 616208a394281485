import { DateTime, Effect, Layer, Option } from "effect"
import { countByState, type ItemState, type QueueItem } from "../domain/QueueItem.ts"
import { type Enqueued, type MessageTooLong, type NewItem, Queue, type QueueAlert, QueueUnavailable } from "../Queue.ts"
import { createFile } from "../system/Files.ts"
import { inspectFile, removeFile, syncDirectory } from "../system/FileSteps.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { fileClaims } from "./fileClaims.ts"
import { fileRequests } from "./fileRequests.ts"
import { byTurn } from "./ItemDirectory.ts"
import { placeOf } from "./ItemEntry.ts"
import { itemMaker } from "./newItem.ts"
import type { StoreError } from "./QueueLock.ts"
import { queueStore } from "./QueueStore.ts"
import { wakeups } from "./QueueWatch.ts"

/** The queue as files, one an item, for any number of processes of one host. Not for network file systems. */
export const layer = Layer.effect(
  Queue,
  Effect.gen(function* () {
    const paths = (yield* KugetsuHome).queue
    const store = yield* queueStore(paths)
    const claims = fileClaims(store)
    const requests = fileRequests(store)
    const makeItem = itemMaker()

    /** Without the lock, so that a task can be left even while a stopped process holds it. */
    const storeNew = (item: QueueItem) => Effect.andThen(store.directories.ensure, store.files.create(item))

    /** Under a known id: no change may carry that item from place to place while it is looked for. */
    const storeOnce = Effect.fnUntraced(function* (item: QueueItem): Effect.fn.Return<Enqueued, StoreError> {
      const existing = yield* store.find(item.id)
      if (Option.isSome(existing)) return { _tag: "Duplicate", item: existing.value }
      const created = yield* store.sharing(
        Effect.flatMap(store.isKnown(item.id), (taken) => (taken ? Effect.succeed(false) : storeNew(item))),
      )
      return created ? { _tag: "Enqueued", item } : yield* Effect.suspend(() => storeOnce(item))
    })

    const enqueue = Effect.fn("Queue.enqueue")(function* (
      asked: NewItem,
    ): Effect.fn.Return<Enqueued, MessageTooLong | QueueUnavailable> {
      const item = yield* makeItem(asked)
      if (asked.id !== undefined) return yield* reachable(storeOnce(item))
      const created = yield* reachable(storeNew(item))
      return created ? { _tag: "Enqueued", item } : yield* Effect.suspend(() => enqueue(asked))
    })

    const list = Effect.fn("Queue.list")(function* (states?: ReadonlyArray<ItemState>) {
      const wanted = states ?? (["notified", "pending", "completed", "error"] as const)
      const listings = yield* reachable(store.list([...new Set(wanted.map(placeOf))]))
      const items = listings
        .flat()
        .sort(byTurn)
        .map(({ item }) => item)
      return items.filter(({ state }) => wanted.includes(state))
    })

    const stats = Effect.gen(function* () {
      const items = yield* list()
      return { total: items.length, ...countByState(items), bad: (yield* reachable(store.bad.list)).length }
    }).pipe(Effect.withSpan("Queue.stats"))

    const pause = Effect.andThen(
      store.directories.ensure,
      Effect.flatMap(DateTime.now, (now) => createFile(paths.paused, `${DateTime.formatIso(now)}\n`)),
    )

    const resume = store.directories.ensure.pipe(
      Effect.andThen(removeFile(paths.paused)),
      Effect.andThen(syncDirectory(paths.dir)),
    )

    const alerts = Effect.gen(function* () {
      const bad = yield* store.bad.list
      const lost = yield* store.directories.lost
      return [
        ...bad.filter(({ reported }) => !reported).map(({ record }): QueueAlert => ({ _tag: "Quarantined", record })),
        ...(lost.length === 0 ? [] : [{ _tag: "StoreLost", detail: lost.join(", ") } as const]),
      ]
    })

    const acknowledge = Effect.fn("Queue.acknowledge")((alert: QueueAlert) =>
      reachable(
        alert._tag === "StoreLost"
          ? store.directories.acknowledge
          : store.exclusively(store.bad.markReported(alert.record.name)),
      ),
    )

    return Queue.of({
      enqueue,
      claim: Effect.fn("Queue.claim")((id, run) => reachable(claims.claim(id, run))),
      heartbeat: Effect.fn("Queue.heartbeat")((claim, seen = {}) => reachable(claims.heartbeat(claim, seen))),
      settle: Effect.fn("Queue.settle")((claim, disposition) => reachable(claims.settle(claim, disposition))),
      release: Effect.fn("Queue.release")((claim) => reachable(claims.release(claim))),
      cancel: Effect.fn("Queue.cancel")((id) => reachable(requests.cancel(id))),
      retry: Effect.fn("Queue.retry")((id) => reachable(requests.retry(id))),
      list,
      reread: store.reread,
      find: Effect.fn("Queue.find")((id) => reachable(store.find(id))),
      stats,
      clear: Effect.fn("Queue.clear")((olderThan) => reachable(requests.clear(olderThan))),
      pause: Effect.asVoid(reachable(pause)),
      resume: reachable(resume),
      paused: reachable(
        Effect.map(
          inspectFile(paths.paused),
          Option.map((file) => file.mtime.toISOString()),
        ),
      ),
      wakeups: wakeups(paths, store.directories),
      quarantined: reachable(Effect.map(store.bad.list, (kept) => kept.map(({ record }) => record))),
      alerts: reachable(alerts),
      acknowledge,
    })
  }),
)

const reachable = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, QueueUnavailable> =>
  Effect.mapError(effect, unavailable)

const unavailable = ({ code, message, remedy }: StoreError): QueueUnavailable =>
  new QueueUnavailable({ reason: message, remedy, code })
