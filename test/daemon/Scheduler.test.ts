import { expect } from "bun:test"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { release, tryAcquire } from "@kugetsu/core/system/Lock"
import { lockName } from "@kugetsu/daemon/RunLocks"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { Effect, Layer, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

for (const [minutes, looks] of [
  [5, 2],
  [2, 6],
  [0.01, 167],
] as const) {
  effectTest(`with an interval of ${minutes} min the daemon looks anew ${looks} times in 14 min`, () =>
    Effect.gen(function* () {
      let anew = 0
      const counted = Layer.effect(
        Queue,
        Effect.map(Queue, (queue) => ({
          ...queue,
          reread: Effect.andThen(
            Effect.sync(() => anew++),
            queue.reread,
          ),
        })),
      )
      const home = daemonHome(yield* temporaryDirectory, undefined, { QUEUE_DAEMON_INTERVAL_MINUTES: String(minutes) })
      yield* Effect.gen(function* () {
        yield* Effect.forkScoped(schedule())
        yield* TestClock.adjust("14 minutes")
        // a look may come late by the time between two of them
        expect(anew).toBeWithin(Math.ceil(looks * 0.95), looks + 1)
      }).pipe(Effect.scoped, Effect.provide([counted.pipe(Layer.provideMerge(home)), TestClock.layer()]))
    }),
  )
}

/** A process that passes for a supervisor. */
const sleeper = Effect.acquireRelease(
  Effect.sync(() => Bun.spawn(["sleep", "600"])),
  (child) => Effect.sync(() => child.kill("SIGKILL")),
)

const run = runId("atwork")
const rescan = 5000

const dies: ReadonlyArray<
  readonly [
    when: string,
    prepare: Effect.Effect<{ readonly die: Effect.Effect<void> }, unknown, Runs | KugetsuHome | Scope.Scope>,
  ]
> = [
  [
    "at work",
    Effect.gen(function* () {
      const [runs, child] = [yield* Runs, yield* sleeper]
      yield* runs.recordSupervisor(run, livingSupervisor(child.pid))
      yield* runs.recordStarted(run, runStarted())
      yield* runs.recordAgent(run, { version: 1, agent: livingSupervisor().supervisor })
      return {
        die: Effect.promise(async () => {
          child.kill("SIGKILL")
          await child.exited
        }),
      }
    }),
  ],
  [
    "before it had a record",
    Effect.gen(function* () {
      const lock = (yield* KugetsuHome).issueLock(yield* lockName(runRequest(run).issue_ref))
      return { die: release(Option.getOrThrow(yield* tryAcquire(lock))) }
    }),
  ],
]

for (const [when, prepare] of dies) {
  effectTest(`a supervisor that dies ${when} is noticed long before the next look`, () =>
    Effect.gen(function* () {
      const home = daemonHome(yield* temporaryDirectory)
      yield* Effect.gen(function* () {
        const runs = yield* Runs
        yield* runs.create(runRequest(run))
        const { die } = yield* prepare
        yield* Effect.forkScoped(schedule())
        yield* TestClock.adjust(rescan * 10.1)
        expect((yield* runs.require(run)).exit).toBeNull()
        yield* die
        yield* TestClock.adjust(rescan / 2)
        expect((yield* runs.require(run)).exit).toMatchObject({ outcome: "lost" })
      }).pipe(Effect.scoped, Effect.provide([home, TestClock.layer()]))
    }),
  )
}

effectTest("what stands in the way of the clean-up keeps no task from being started", () =>
  Effect.gen(function* () {
    let started = 0
    const home = daemonHome(yield* temporaryDirectory, () => Effect.sync(() => runId(`start${started++}`)))
    yield* Effect.gen(function* () {
      const { exits } = yield* KugetsuHome
      yield* (yield* Queue).enqueue({ issue: null, message: "go" })
      fs.writeFileSync(exits, "no directory")
      yield* Effect.forkScoped(schedule())
      yield* TestClock.adjust("1 second")
      expect(started).toBeGreaterThan(0)
    }).pipe(Effect.scoped, Effect.provide([home, TestClock.layer()]))
  }),
)
