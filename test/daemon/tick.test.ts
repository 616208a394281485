import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { printItem } from "@kugetsu/core/domain/StoredItem"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { FreeSpace } from "@kugetsu/daemon/FreeSpace"
import { newRunMemory } from "@kugetsu/daemon/OpenRuns"
import { newStartMemory } from "@kugetsu/daemon/startItems"
import { tick, type TickState } from "@kugetsu/daemon/tick"
import { Effect, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { runId } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const inHome = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(temporaryDirectory, (root) => Effect.provide(body, daemonHome(root)))

const newState = (): TickState => ({ runs: newRunMemory(), starts: newStartMemory() })

/** A look of a daemon; a state of its own is that of one that was just started. */
const look = Effect.fnUntraced(function* (state = newState()) {
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
      const [one, another] = [newState(), newState()]
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
