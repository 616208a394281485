import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { type QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { printItem } from "@kugetsu/core/domain/StoredItem"
import { newsOfQueued } from "@kugetsu/core/enqueueTask"
import type { LaunchRequest } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { release, tryAcquire } from "@kugetsu/core/system/Lock"
import { lastHeldBack } from "@kugetsu/daemon/Journal"
import { IssueBusy } from "@kugetsu/core/Launcher"
import { FreeSpace } from "@kugetsu/daemon/FreeSpace"
import { workerOf } from "@kugetsu/daemon/observe"
import { newTickState, tick } from "@kugetsu/daemon/tick"
import { Effect, type Layer, Option, Result, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { runId } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const inHome = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(temporaryDirectory, (root) => Effect.provide(body, daemonHome(root)))

/** A look of a daemon; a state of its own is that of one that was just started. */
const look = Effect.fnUntraced(function* (state = newTickState()) {
  yield* tick(yield* (yield* Settings).load, state, 0)
})

const enqueue = Effect.fnUntraced(function* (issue: number, message = "go") {
  const ref = Result.getOrThrow(parseIssueRef(`example.org/ann/tool#${issue}`))
  return (yield* (yield* Queue).enqueue({ issue: ref, message })).item
})

const itemOf = Effect.fnUntraced(function* (id: QueueItemId) {
  return Option.getOrThrow(yield* (yield* Queue).find(id))
})

const toldOf = Effect.fnUntraced(function* (type: string) {
  return (yield* (yield* Notifications).list).filter((one) => one.type === type).map(({ message }) => message)
})

/** As a first kugetsu, or a person, may have left it. */
const nameIssue = Effect.fnUntraced(function* (item: QueueItem, issue_ref: string) {
  fs.writeFileSync(path.join((yield* KugetsuHome).queue.items, `${item.id}.json`), printItem({ ...item, issue_ref }))
})

for (const text of ["the login form", "../../locks", "..", "\0", "x".repeat(5000), "example.org/ann/tool#"]) {
  effectTest(`a task for ${JSON.stringify(text.slice(0, 20))} ends in error, is told once, and stops no other`, () =>
    inHome(
      Effect.gen(function* () {
        const broken = yield* enqueue(1)
        yield* nameIssue(broken, text)
        yield* enqueue(2, "the next")
        yield* look()
        const { error, state } = yield* itemOf(broken.id)
        expect([state, error?.includes("names no issue")]).toEqual(["error", true])
        expect(yield* toldOf("task_error")).toEqual([error!])
        expect(yield* toldOf("task_dequeued")).toEqual(["the next"])
        yield* (yield* Queue).retry(broken.id)
        yield* look()
        expect([(yield* itemOf(broken.id)).state, (yield* toldOf("task_error")).length]).toEqual(["error", 1])
      }),
    ),
  )
}

effectTest("below 1 GB of free disk nothing is started, people are told once a day, and with room it goes on", () =>
  Effect.gen(function* () {
    let free = 999_999_999
    let started = 0
    const launch = () => Effect.sync(() => runId(`start${started++}`))
    const home = daemonHome(yield* temporaryDirectory, launch)
    yield* Effect.gen(function* () {
      const { id } = yield* enqueue(1)
      const [one, another] = [newTickState(), newTickState()]
      for (const state of [one, one, another]) yield* look(state)
      expect([started, (yield* itemOf(id)).state]).toEqual([0, "pending"])
      const told = "999 MB are free, and nothing is started below 1000 MB"
      expect(yield* toldOf("disk_full")).toEqual([told])
      yield* TestClock.adjust("1 day")
      yield* look(one)
      expect(yield* toldOf("disk_full")).toEqual([told, told])
      free = 1_000_000_000
      yield* look(one)
      expect([started, yield* toldOf("disk_full")]).toEqual([1, [told, told]])
    }).pipe(
      Effect.provideService(FreeSpace, () => Effect.succeed(free)),
      Effect.provide([home, TestClock.layer()]),
    )
  }),
)

effectTest("a full disk is no news while nothing waits", () =>
  inHome(
    Effect.gen(function* () {
      yield* look()
      expect(yield* toldOf("disk_full")).toEqual([])
    }).pipe(Effect.provideService(FreeSpace, () => Effect.succeed(0))),
  ),
)

const timeTest = <A, E>(
  sentence: string,
  body: Effect.Effect<A, E, Layer.Success<ReturnType<typeof daemonHome>> | Scope.Scope>,
) =>
  effectTest(sentence, () =>
    Effect.flatMap(temporaryDirectory, (root) => Effect.provide(body, [daemonHome(root), TestClock.layer()])),
  )

timeTest(
  "a task whose sender was killed before he told of it is told of by the daemon, once, whichever daemon looks",
  Effect.gen(function* () {
    yield* (yield* Queue).pause
    const item = yield* enqueue(1, "the words")
    yield* look()
    // it may still come from whoever left it
    expect(yield* toldOf("task_queued")).toEqual([])
    yield* TestClock.adjust("11 seconds")
    const state = newTickState()
    for (const daemon of [state, state, newTickState()]) yield* look(daemon)
    expect(yield* toldOf("task_queued")).toEqual(["the words"])
    expect(yield* (yield* Notifications).tell(newsOfQueued(item))).toBe(false)
  }),
)

timeTest(
  "a task that is started before its sender told of it is told of first",
  Effect.gen(function* () {
    yield* enqueue(1)
    yield* look()
    const types = (yield* (yield* Notifications).list).map(({ type }) => type)
    expect(types).toEqual(["task_queued", "task_dequeued"])
  }),
)

timeTest(
  "what was told so long ago that it is not kept any more is not told again, and what is missing since then is",
  Effect.gen(function* () {
    const notifications = yield* Notifications
    yield* (yield* Queue).pause
    const old = yield* enqueue(1, "told long ago")
    yield* notifications.tell(newsOfQueued(old))
    yield* TestClock.adjust("1 hour")
    const other = { type: "task_started", message: "", issueRef: null, url: null } as const
    const since = "1970-01-01T00:00:00.000Z"
    expect(
      yield* notifications.tellLate(Array.from({ length: 1200 }, (_, n) => ({ ...other, about: `r_${n}`, since }))),
    ).toBe(1200)
    expect((yield* notifications.list).length).toBe(1000)
    yield* TestClock.adjust("1 hour")
    yield* enqueue(2, "never told")
    yield* TestClock.adjust("1 minute")
    yield* look()
    expect(yield* toldOf("task_queued")).toEqual(["never told"])
  }),
)

timeTest(
  "a task that the first kugetsu left was told of in its own way",
  Effect.gen(function* () {
    yield* (yield* Queue).pause
    const item = yield* enqueue(1)
    const { items } = (yield* KugetsuHome).queue
    fs.rmSync(path.join(items, `${item.id}.json`))
    fs.writeFileSync(path.join(items, "q_first.json"), printItem({ ...item, id: QueueItemId.make("q_first") }))
    yield* TestClock.adjust("1 minute")
    yield* look()
    expect(yield* toldOf("task_queued")).toEqual([])
  }),
)

effectTest("a tick that did something leaves one entry, with what it did and the gates of what waits", () =>
  Effect.gen(function* () {
    let started = 0
    const launch = ({ issue }: LaunchRequest) =>
      issue?.identifier === "1" && started === 0
        ? Effect.fail(new IssueBusy({ issue: "1", run: null }))
        : Effect.sync(() => runId(`start${started++}`))
    const home = daemonHome(yield* temporaryDirectory, launch)
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const file = path.join((yield* KugetsuHome).logs, "journal.ndjson")
      const ticks = () =>
        (fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [])
          .filter((line) => line.includes('"event":"tick"'))
          .map((line) => JSON.parse(line))
      const state = newTickState()
      yield* look(state)
      yield* queue.pause
      const items = yield* Effect.forEach([1, 2, 3, 3, 3, 3, 3], (issue) => enqueue(issue))
      const [busy, first, third, ...behind] = items.map(({ id }) => id)
      yield* look(state)
      expect(ticks()).toEqual([])
      yield* queue.resume
      yield* look(state)
      const at = expect.stringMatching(/^\d{4}-/)
      const nothing = { at, event: "tick", settled: [], given_back: [], held_back: [] }
      expect(ticks()).toEqual([
        {
          ...nothing,
          started: first,
          held_back: [busy],
          waiting: {
            issue_busy: { count: 1, first: [busy] },
            staggered: { count: 1, first: [third] },
            behind_same_issue: { count: 4, first: behind.slice(0, 3) },
          },
        },
      ])
      // not what it looks for when it is asked why an item waits
      expect(yield* lastHeldBack(busy!)).toMatchObject({ item: busy })
      expect(yield* lastHeldBack(first!)).toBeNull()
      yield* queue.claim(third!, runId("absent"))
      yield* queue.pause
      yield* look(state)
      expect(ticks()[1]).toEqual({
        ...nothing,
        started: null,
        given_back: [third],
        waiting: { paused: { count: 7, first: [busy, first, third] } },
      })
      yield* look(state)
      expect(ticks()).toHaveLength(2)
    }).pipe(Effect.provide([home, TestClock.layer()]))
  }),
)

effectTest("a claim whose run is not there yet is given back only when nobody holds its issue", () =>
  inHome(
    Effect.gen(function* () {
      const queue = yield* Queue
      const { id, issue_ref } = yield* enqueue(1)
      yield* queue.pause
      yield* queue.claim(id, runId("absent"))
      const lock = (yield* KugetsuHome).issueLock(workerOf(issue_ref))
      // as a launcher does, in this or another program, from before the claim until its run is there
      const held = Option.getOrThrow(yield* tryAcquire(lock))
      yield* look()
      expect((yield* itemOf(id)).state).toBe("notified")
      yield* release(held)
      yield* look()
      expect((yield* itemOf(id)).state).toBe("pending")
    }),
  ),
)
