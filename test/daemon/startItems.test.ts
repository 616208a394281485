import { expect } from "bun:test"
import { newRunId } from "@kugetsu/core/domain/Run"
import { LimitReached } from "@kugetsu/core/Slots"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { newTickState } from "@kugetsu/daemon/tick"
import { inDaemonHome, enqueue, look, refOf, news, told } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runRequest } from "../kit/records.ts"

const unreadable = (reason: string) => new RecordUnreadable({ path: "/home/ann/sessions/tool-1.json", reason })

effectTest("what a record keeps from being started is told once for each reason, whatever is tried meanwhile", () => {
  const log: Array<string> = []
  let reason = "it is empty"
  return inDaemonHome(
    Effect.gen(function* () {
      const item = yield* enqueue(1)
      const state = newTickState()
      const tryThrice = Effect.gen(function* () {
        for (let tries = 0; tries < 3; tries++) {
          yield* look(state)
          yield* TestClock.adjust("31 seconds")
        }
      })
      yield* tryThrice
      reason = "it is cut off"
      yield* tryThrice
      const all = yield* news
      expect(all.map(({ type, issue_ref }) => [type, issue_ref])).toEqual([
        ["held_back", refOf(1)],
        ["held_back", refOf(1)],
      ])
      expect(all[0]!.message).toContain(`${item} cannot be started: /home/ann/sessions/tool-1.json`)
      expect(log.filter((line) => line.includes(item))).toHaveLength(2)
    }).pipe(Effect.provide(TestClock.layer())),
    { launch: () => Effect.fail(unreadable(reason)), onLog: (line) => log.push(line) },
  )
})

effectTest("a limit that is reached is nothing to tell of", () =>
  inDaemonHome(
    Effect.gen(function* () {
      yield* enqueue(1)
      yield* look(newTickState())
      expect(yield* told).toEqual([])
    }),
    { launch: () => Effect.fail(new LimitReached({ limit: 3 })) },
  ),
)

effectTest("an issue that cannot be started is let alone for a while, and keeps no other from being started", () => {
  const asked: Array<string> = []
  return inDaemonHome(
    Effect.gen(function* () {
      yield* enqueue(1)
      yield* enqueue(2)
      const state = newTickState()
      yield* look(state)
      expect(asked.splice(0)).toEqual([refOf(1), refOf(2)])
      yield* TestClock.adjust("900 millis")
      yield* look(state)
      expect(asked).toEqual([])
      yield* TestClock.adjust("200 millis")
      yield* look(state)
      expect(asked).toEqual([refOf(1)])
    }).pipe(Effect.provide(TestClock.layer())),
    {
      pace: { asideMs: 1000 },
      launch: ({ issue, item }) =>
        Effect.gen(function* () {
          asked.push(issue!.toString())
          if (issue!.identifier === "1") return yield* unreadable("it is empty")
          const run = newRunId(new Date(), Math.random())
          const runs = yield* Runs
          yield* (yield* Queue).claim(item!, run)
          yield* Effect.orDie(runs.create(runRequest(run, { issue_ref: issue!.toString(), item })))
          yield* runs.recordSupervisor(run, livingSupervisor())
          return run
        }),
    },
  )
})
