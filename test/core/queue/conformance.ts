import { describe, expect } from "bun:test"
import type { Disposition } from "@kugetsu/core/domain/Disposition"
import { isQueueItemId, type QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { type Claim, LONGEST_MESSAGE, type NewItem, Queue } from "@kugetsu/core/Queue"
import { DateTime, Effect, Fiber, type Layer, Option, Queue as Mailbox, Stream } from "effect"
import { TestClock } from "effect/testing"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"
import { runId, task } from "./samples.ts"

export const enqueued = Effect.fnUntraced(function* (item: NewItem) {
  return (yield* (yield* Queue).enqueue(item)).item
})

const claimedBy = Effect.fnUntraced(function* (item: QueueItem, run: RunId) {
  const result = yield* (yield* Queue).claim(item.id, run)
  if (result._tag === "Gone") throw new Error(`${item.id} is gone`)
  return result.claim
})

const required = Effect.fnUntraced(function* (id: QueueItemId) {
  return Option.getOrThrow(yield* (yield* Queue).find(id))
})

const again: Disposition = { _tag: "Again", reason: "it broke", notBefore: null, costsAttempt: true }
const free: Disposition = { ...again, costsAttempt: false }
const completed: Disposition = { _tag: "Completed" }

const messages = (items: ReadonlyArray<QueueItem>) => items.map((item) => item.message)

const deeds = ["claim", "again", "release", "cancel", "retry"] as const
/** Every three deeds that follow on a claim. */
const sequences = deeds.flatMap((first) =>
  deeds.flatMap((second) => deeds.map((third) => ["claim", first, second, third] as const)),
)

/** What every layer of `Queue` must do. `layer` gets a directory of its own. */
export const conformance = (name: string, layer: (dir: string) => Layer.Layer<Queue>) => {
  const queueTest = (sentence: string, body: () => Effect.Effect<void, unknown, Queue>) =>
    effectTest(`${name}: ${sentence}`, () =>
      Effect.flatMap(temporaryDirectory, (dir) => Effect.provide(body(), layer(dir))),
    )

  describe(name, () => {
    queueTest("a new item is pending with the words it was given, byte for byte", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const message = 'first line\n"second" $(x) \u0000 月\n'
        const result = yield* queue.enqueue(task(message, { priority: 3 }))
        expect(result._tag).toBe("Enqueued")
        expect(isQueueItemId(result.item.id)).toBe(true)
        expect(yield* required(result.item.id)).toEqual(result.item)
        expect(result.item).toMatchObject({
          message,
          state: "pending",
          issue_ref: "github.com/shoko/kugetsu#14",
          attempts: 0,
          priority: 3,
          not_before: null,
          run: null,
        })
      }),
    )

    queueTest("a second item of the same id is a duplicate, in whatever state the first is, and changes nothing", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const id = QueueItemId.make("q_1795156212000_abc123")
        const repeat = Effect.map(queue.enqueue(task("second", { id })), ({ _tag, item }) => [
          _tag,
          item.message,
          item.state,
        ])
        const first = yield* enqueued(task("first", { id }))
        expect(yield* repeat).toEqual(["Duplicate", "first", "pending"])
        const claim = yield* claimedBy(first, runId(1))
        expect(yield* repeat).toEqual(["Duplicate", "first", "notified"])
        yield* queue.settle(claim, completed)
        expect(yield* repeat).toEqual(["Duplicate", "first", "completed"])
        expect((yield* queue.stats).total).toBe(1)
      }),
    )

    queueTest("a message that is too long is refused, and the longest is taken", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const error = yield* Effect.flip(queue.enqueue(task("x".repeat(LONGEST_MESSAGE + 1))))
        expect([error._tag, error.code]).toEqual(["MessageTooLong", 64])
        const longest = "\u0001".repeat(LONGEST_MESSAGE)
        const { id } = yield* enqueued(task(longest))
        expect((yield* required(id)).message === longest).toBe(true)
      }),
    )

    queueTest("items are listed by priority, and those of one priority in the order in which they came", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        for (const message of ["a", "b", "c"]) yield* enqueued(task(message))
        yield* enqueued(task("urgent", { priority: 1 }))
        yield* enqueued(task("later", { priority: -1 }))
        yield* enqueued(task("d"))
        expect(messages(yield* queue.list(["pending"]))).toEqual(["urgent", "a", "b", "c", "d", "later"])
      }),
    )

    queueTest("of all who claim an item at once, one gets it, and it names that run", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const { id } = yield* enqueued(task("one"))
        const results = yield* Effect.forEach([1, 2, 3, 4, 5], (n) => queue.claim(id, runId(n)), {
          concurrency: "unbounded",
        })
        const winners = results.filter((result) => result._tag === "Claimed")
        expect(winners.length).toBe(1)
        const running = yield* required(id)
        expect(running).toEqual(winners[0]!.item)
        expect([running.state, running.run]).toEqual(["notified", winners[0]!.claim.run])
        expect(Date.parse(running.notified_at!)).toBe(Date.parse("2026-11-20T06:30:12Z"))
      }),
    )

    queueTest("whatever was done with an item before, one claim holds it while it runs, and else none", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        for (const deeds of sequences) {
          const { id } = yield* enqueued(task(deeds.join(" ")))
          const claims: Array<Claim> = []
          for (const deed of deeds) {
            const own: Claim = { id, run: runId(claims.length) }
            if (deed === "claim" && (yield* queue.claim(id, own.run))._tag === "Claimed") claims.push(own)
            for (const claim of claims) {
              if (deed === "again") yield* queue.settle(claim, again)
              if (deed === "release") yield* queue.release(claim)
            }
            if (deed === "cancel") yield* queue.cancel(id)
            if (deed === "retry") yield* queue.retry(id)
            const beats = yield* Effect.forEach(claims, (claim) => queue.heartbeat(claim))
            const { state } = yield* required(id)
            expect([deeds, beats.filter(({ _tag }) => _tag === "Held").length]).toEqual([
              deeds,
              state === "notified" ? 1 : 0,
            ])
          }
        }
      }),
    )

    queueTest("what is not pending cannot be claimed", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const running = yield* enqueued(task("running"))
        const claim = yield* claimedBy(running, runId(1))
        expect((yield* queue.claim(running.id, runId(2)))._tag).toBe("Gone")
        yield* queue.settle(claim, completed)
        expect((yield* queue.claim(running.id, runId(2)))._tag).toBe("Gone")
        expect((yield* queue.claim(QueueItemId.make("q_nobody"), runId(2)))._tag).toBe("Gone")
      }),
    )

    queueTest("a completed item is done with its time, and settling it again is stale", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const item = yield* enqueued(task("one"))
        const claim = yield* claimedBy(item, runId(1))
        const settled = yield* queue.settle(claim, completed)
        expect(settled._tag).toBe("Settled")
        const done = yield* required(item.id)
        expect(done).toMatchObject({ state: "completed", error: null, attempts: 1, run: claim.run })
        expect(done.completed_at).not.toBeNull()
        expect((yield* queue.settle(claim, again))._tag).toBe("Stale")
        expect((yield* queue.release(claim))._tag).toBe("Stale")
        expect(yield* required(item.id)).toEqual(done)
      }),
    )

    queueTest("an earlier attempt cannot settle, release or keep alive a later one", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const item = yield* enqueued(task("one"))
        const first = yield* claimedBy(item, runId(1))
        yield* queue.settle(first, again)
        const second = yield* claimedBy(item, runId(2))
        expect((yield* queue.settle(first, completed))._tag).toBe("Stale")
        expect((yield* queue.release(first))._tag).toBe("Stale")
        expect((yield* queue.heartbeat(first))._tag).toBe("Lost")
        expect((yield* queue.heartbeat(second))._tag).toBe("Held")
        expect((yield* required(item.id)).state).toBe("notified")
      }),
    )

    queueTest("a heartbeat carries what is known of the agent into the item", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const claim = yield* claimedBy(yield* enqueued(task("one")), runId(1))
        yield* queue.heartbeat(claim, { sessionId: "ses_1", pid: 4711 })
        yield* queue.heartbeat(claim)
        expect(yield* required(claim.id)).toMatchObject({ opencode_session_id: "ses_1", pid: 4711, state: "notified" })
        yield* queue.settle(claim, completed)
        expect(yield* required(claim.id)).toMatchObject({ opencode_session_id: "ses_1", pid: null })
      }),
    )

    queueTest("an item that is tried again keeps its place and its reason, and only what costs counts", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const first = yield* enqueued(task("first"))
        yield* enqueued(task("second"))
        const notBefore = DateTime.makeUnsafe("2100-01-01T00:00:00Z")
        yield* queue.settle(yield* claimedBy(first, runId(1)), { ...again, notBefore })
        const [waiting, ...rest] = yield* queue.list(["pending"])
        expect(messages(rest)).toEqual(["second"])
        expect(waiting).toMatchObject({ message: "first", state: "pending", attempts: 1, error: "it broke" })
        expect(Date.parse(waiting!.not_before!)).toBe(DateTime.toEpochMillis(notBefore))
        yield* queue.settle(yield* claimedBy(first, runId(2)), free)
        expect(yield* required(first.id)).toMatchObject({ attempts: 1, not_before: null })
        yield* queue.settle(yield* claimedBy(first, runId(3)), { _tag: "Error", reason: "it broke for good" })
        expect(yield* required(first.id)).toMatchObject({ state: "error", attempts: 2, error: "it broke for good" })
      }),
    )

    queueTest("a released item is pending at its place as if it had never been claimed", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const item = yield* enqueued(task("first"))
        yield* enqueued(task("second"))
        const released = yield* queue.release(yield* claimedBy(item, runId(1)))
        expect(released._tag).toBe("Settled")
        expect(yield* required(item.id)).toEqual(item)
        expect(messages(yield* queue.list(["pending"]))).toEqual(["first", "second"])
        expect((yield* queue.claim(item.id, runId(1)))._tag).toBe("Claimed")
      }),
    )

    queueTest("a run that was settled cannot claim its item again", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const item = yield* enqueued(task("one"))
        yield* queue.settle(yield* claimedBy(item, runId(1)), again)
        expect((yield* queue.claim(item.id, runId(1)))._tag).toBe("Gone")
        expect((yield* queue.claim(item.id, runId(2)))._tag).toBe("Claimed")
      }),
    )

    queueTest("a pending item is cancelled at once and can no longer be claimed", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const item = yield* enqueued(task("one"))
        expect((yield* queue.cancel(item.id))._tag).toBe("Cancelled")
        expect(yield* required(item.id)).toMatchObject({ state: "error", error: "cancelled", attempts: 0 })
        expect((yield* queue.claim(item.id, runId(1)))._tag).toBe("Gone")
        expect((yield* queue.cancel(item.id))._tag).toBe("Ended")
        expect((yield* queue.cancel(QueueItemId.make("q_nobody")))._tag).toBe("Unknown")
      }),
    )

    for (const [what, end] of [
      ["settled to be tried again", (claim: Claim) => Effect.flatMap(Queue, (queue) => queue.settle(claim, free))],
      ["released", (claim: Claim) => Effect.flatMap(Queue, (queue) => queue.release(claim))],
    ] as const) {
      queueTest(`a running item that was cancelled goes on, and is not tried again when it is ${what}`, () =>
        Effect.gen(function* () {
          const queue = yield* Queue
          const claim = yield* claimedBy(yield* enqueued(task("one")), runId(1))
          const result = yield* queue.cancel(claim.id)
          expect(result).toMatchObject({ _tag: "Running", item: { state: "notified", run: claim.run } })
          expect((yield* queue.heartbeat(claim))._tag).toBe("Held")
          yield* end(claim)
          expect(yield* required(claim.id)).toMatchObject({ state: "error", error: "cancelled" })
        }),
      )
    }

    queueTest("an item that was cancelled while it ran, and came to a good end first, is completed", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const claim = yield* claimedBy(yield* enqueued(task("one")), runId(1))
        yield* queue.cancel(claim.id)
        yield* queue.settle(claim, completed)
        expect((yield* required(claim.id)).state).toBe("completed")
      }),
    )

    queueTest("retry gives an item in error another set of attempts at its old place, and nothing else", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const first = yield* enqueued(task("first"))
        const second = yield* enqueued(task("second"))
        expect((yield* queue.retry(first.id))._tag).toBe("NotInError")
        const claim = yield* claimedBy(first, runId(1))
        expect((yield* queue.retry(first.id))._tag).toBe("NotInError")
        yield* queue.cancel(first.id)
        yield* queue.settle(claim, { _tag: "Error", reason: "it broke" })
        expect((yield* queue.retry(first.id))._tag).toBe("Retried")
        expect(messages(yield* queue.list(["pending"]))).toEqual(["first", "second"])
        expect(yield* required(first.id)).toMatchObject({
          state: "pending",
          attempts: 0,
          not_before: null,
          completed_at: null,
          cancel_requested: false,
        })
        yield* queue.settle(yield* claimedBy(second, runId(2)), completed)
        expect((yield* queue.retry(second.id))._tag).toBe("NotInError")
        expect((yield* queue.retry(QueueItemId.make("q_nobody")))._tag).toBe("Unknown")
      }),
    )

    queueTest("a list has the states it was asked for, and stats count every item once", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        for (const message of ["a", "b", "c", "d", "e"]) yield* enqueued(task(message))
        const [a, b, c] = yield* queue.list()
        yield* claimedBy(a!, runId(1))
        yield* queue.settle(yield* claimedBy(b!, runId(2)), completed)
        yield* queue.cancel(c!.id)
        expect(messages(yield* queue.list(["notified"]))).toEqual(["a"])
        expect(messages(yield* queue.list(["completed"]))).toEqual(["b"])
        expect(messages(yield* queue.list(["error"]))).toEqual(["c"])
        expect(messages(yield* queue.list(["notified", "pending"]))).toEqual(["a", "d", "e"])
        expect(messages(yield* queue.list())).toEqual(["a", "b", "c", "d", "e"])
        expect(yield* queue.stats).toEqual({ total: 5, pending: 2, notified: 1, completed: 1, error: 1, bad: 0 })
        expect(Option.isNone(yield* queue.find(QueueItemId.make("q_nobody")))).toBe(true)
      }),
    )

    queueTest("clearing forgets what ended before the time given, and nothing that waits or runs", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        for (const message of ["done", "cancelled", "running", "waiting"]) yield* enqueued(task(message))
        const [done, unwanted, running] = yield* queue.list()
        yield* queue.settle(yield* claimedBy(done!, runId(1)), completed)
        yield* queue.cancel(unwanted!.id)
        yield* claimedBy(running!, runId(2))
        const now = yield* DateTime.now
        expect(yield* queue.clear(DateTime.add(now, { minutes: -1 }))).toEqual([])
        const cleared = yield* queue.clear(DateTime.add(now, { minutes: 1 }))
        expect(messages(cleared)).toEqual(["done", "cancelled"])
        expect(messages(yield* queue.list())).toEqual(["running", "waiting"])
      }),
    )

    queueTest("a pause lasts until it is lifted, and keeps the time at which it began", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        expect(Option.isNone(yield* queue.paused)).toBe(true)
        yield* queue.pause
        const since = yield* queue.paused
        expect(Date.parse(Option.getOrThrow(since))).toBeGreaterThan(0)
        yield* queue.pause
        expect(yield* queue.paused).toEqual(since)
        yield* queue.resume
        yield* queue.resume
        expect(Option.isNone(yield* queue.paused)).toBe(true)
      }),
    )

    queueTest("somebody who waits is woken at once at first, and for every new item and every end of a pause", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        yield* queue.pause
        const woken = yield* Mailbox.unbounded<void>()
        const watching = yield* Effect.forkChild(
          Stream.runForEach(queue.wakeups, () => Mailbox.offer(woken, undefined)),
        )
        const awake = Effect.timeout(Mailbox.take(woken), 3000)
        yield* awake
        for (const message of ["a", "b"]) {
          yield* enqueued(task(message))
          yield* awake
          yield* Effect.andThen(Effect.sleep(50), Mailbox.clear(woken))
        }
        yield* queue.resume
        yield* awake
        yield* Fiber.interrupt(watching)
      }),
    )

    queueTest("nobody is woken without a change, however long they wait", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        const woken = yield* Mailbox.unbounded<void>()
        const watching = yield* Effect.forkChild(
          Stream.runForEach(queue.wakeups, () => Mailbox.offer(woken, undefined)),
        )
        yield* Mailbox.take(woken)
        yield* queue.list()
        yield* TestClock.adjust("10 minutes")
        yield* TestClock.withLive(Effect.sleep(200))
        expect(yield* Mailbox.size(woken)).toBe(0)
        yield* enqueued(task("a"))
        yield* Mailbox.take(woken)
        yield* Fiber.interrupt(watching)
      }).pipe(Effect.provide(TestClock.layer())),
    )

    queueTest("nothing is quarantined and nobody is alerted as long as nothing is wrong", () =>
      Effect.gen(function* () {
        const queue = yield* Queue
        yield* queue.settle(yield* claimedBy(yield* enqueued(task("one")), runId(1)), completed)
        expect([yield* queue.quarantined, yield* queue.alerts]).toEqual([[], []])
      }),
    )
  })
}
