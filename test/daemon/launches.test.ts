import { expect } from "bun:test"
import { retryPolicy } from "@kugetsu/core/domain/Disposition"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Clock, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { newTickState } from "@kugetsu/daemon/tick"
import { type DaemonHomeOptions, inDaemonHome, enqueue, look, told } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { runExit, runId, runRequest } from "../kit/records.ts"

/** Every supervisor died before it came to start its agent. */
const stillborn = () => {
  const launched: Array<string> = []
  const options: DaemonHomeOptions = {
    pace: { retry: { ...retryPolicy, launches: 3 } },
    launch: ({ issue, item }) =>
      Effect.gen(function* () {
        const run = runId(`run${String(launched.length).padStart(3, "0")}`)
        const requested_at = new Date(Date.UTC(2026, 0, 1, 0, 0, launched.length)).toISOString()
        const issue_ref = issue!.toString()
        const runs = yield* Runs
        yield* (yield* Queue).claim(item!, run)
        yield* Effect.orDie(runs.create(runRequest(run, { issue_ref, item, requested_at })))
        yield* runs.recordExit(runExit(run, { issue_ref, outcome: "lost", interrupted: true }))
        launched.push(run)
        return run
      }),
  }
  return { launched, options }
}

effectTest("a task whose supervisor does not come up is tried with growing pauses, and not for ever", () => {
  const { launched, options } = stillborn()
  return inDaemonHome(
    Effect.gen(function* () {
      const id = yield* enqueue(1)
      const queue = yield* Queue
      const state = newTickState()
      const item = Effect.map(queue.find(id), Option.getOrThrow)
      const pauses: Array<number> = []
      /** Launched, then seen to; the clock goes on to where it may be launched again. */
      const untilItEnds = Effect.gen(function* () {
        for (let launches = 0; launches < 10; launches++) {
          yield* look(state)
          const before = yield* Clock.currentTimeMillis
          yield* look(state)
          const { not_before, state: standing } = yield* item
          if (standing !== "pending") return
          pauses.push(Date.parse(not_before!) - before)
          yield* TestClock.setTime(Date.parse(not_before!))
        }
      })
      yield* untilItEnds
      expect([launched.length, (yield* item).state, pauses.length]).toEqual([3, "error", 2])
      expect((yield* item).error).toStartWith("its supervisor did not come up 3 times")
      // each from half to one and a half of 1 s, then of 2 s
      expect(pauses.map((ms, n) => ms >= 500 * 2 ** n && ms <= 1500 * 2 ** n)).toEqual([true, true])
      expect(yield* told).toContain(`${launched[2]}.task_error`)

      yield* queue.retry(id)
      yield* untilItEnds
      expect([launched.length, (yield* item).state]).toEqual([6, "error"])
    }).pipe(Effect.provide(TestClock.layer())),
    options,
  )
})
