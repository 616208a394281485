import { expect } from "bun:test"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { release, tryAcquire } from "@kugetsu/core/system/Lock"
import * as DaemonLog from "@kugetsu/daemon/DaemonLog"
import { lockName } from "@kugetsu/daemon/RunLocks"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { rememberingTroubles, tellTrouble } from "@kugetsu/daemon/trouble"
import { Effect, Layer, Logger, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"
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

/** A daemon in `root`; how often it has asked for the queue's alerts, once a tick, and for its settings. */
const scheduledIn = (root: string) => {
  const counts = { ticks: 0, loads: 0 }
  const counted = <A, E, R>(what: keyof typeof counts, effect: Effect.Effect<A, E, R>) =>
    Effect.andThen(
      Effect.sync(() => counts[what]++),
      effect,
    )
  const counting = Layer.mergeAll(
    Layer.effect(
      Queue,
      Effect.map(Queue, (queue) => ({ ...queue, alerts: counted("ticks", queue.alerts) })),
    ),
    Layer.effect(
      Settings,
      Effect.map(Settings, (settings) => ({ ...settings, load: counted("loads", settings.load) })),
    ),
  )
  const layers = counting.pipe(
    Layer.provideMerge(Layer.provideMerge(DaemonLog.layer({ quiet: true }), daemonHome(root))),
  )
  return { ticks: () => counts.ticks, loads: () => counts.loads, layers }
}

effectTest("a daemon with nothing to do looks every five seconds, and no more often", () =>
  Effect.gen(function* () {
    const { layers, ticks } = scheduledIn(yield* temporaryDirectory)
    yield* Effect.gen(function* () {
      yield* Effect.forkScoped(schedule())
      yield* TestClock.adjust("1 second")
      const before = ticks()
      yield* TestClock.adjust("5 minutes")
      expect(ticks() - before).toBeWithin(58, 62)
    }).pipe(Effect.scoped, Effect.provide([layers, TestClock.layer()]))
  }),
)

const troubles: Readonly<Record<string, readonly [said: string, cause: (root: string) => void]>> = {
  "a broken line of the config": [
    "MAX_CONCURRENT_AGENTS",
    (root) => fs.appendFileSync(path.join(root, "config"), "\nMAX_CONCURRENT_AGENTS=lots\n"),
  ],
  "a run whose records cannot be read": [
    "request.json",
    (root) => {
      fs.mkdirSync(path.join(root, "runs", runId("broken")), { recursive: true })
      fs.writeFileSync(path.join(root, "runs", runId("broken"), "request.json"), "{")
    },
  ],
}

for (const [trouble, [said, cause]] of Object.entries(troubles)) {
  effectTest(`${trouble} is logged once as long as it lasts, and again when it changes, and keeps nobody awake`, () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      cause(root)
      const { layers, loads } = scheduledIn(root)
      const lines = () => fs.readFileSync(path.join(root, "queue", "daemon.log"), "utf8").split(said).length - 1
      yield* Effect.gen(function* () {
        yield* Effect.forkScoped(schedule())
        yield* Effect.sleep(1500)
        expect(loads()).toBeWithin(1, 12)
        expect(lines()).toBe(1)
        const queue = yield* Queue
        for (const wake of [queue.pause, queue.resume, queue.pause]) {
          const before = loads()
          yield* wake
          yield* until("a look", () => loads() > before)
        }
        expect(lines()).toBe(1)
      }).pipe(Effect.scoped, Effect.provide(layers))
    }),
  )
}

effectTest("what lasts is told once, what changes or comes back after long is told again", () =>
  Effect.gen(function* () {
    const said: Array<unknown> = []
    const logger = Logger.layer([Logger.make(({ message }) => void said.push(message))])
    yield* Effect.gen(function* () {
      for (const text of ["full", "full", "fuller", "fuller"]) yield* tellTrouble("disk", text)
      yield* tellTrouble("run", "fuller")
      yield* TestClock.adjust("9 minutes")
      yield* tellTrouble("disk", "fuller")
      yield* TestClock.adjust("11 minutes")
      yield* tellTrouble("disk", "fuller")
    }).pipe(rememberingTroubles, Effect.provide([logger, TestClock.layer()]))
    expect(said.flat()).toEqual(["full", "fuller", "fuller", "fuller"])
    yield* Effect.forEach(["full", "full"], (text) => tellTrouble("disk", text)).pipe(Effect.provide(logger))
    expect(said).toHaveLength(6)
  }),
)

effectTest(
  "the end of a run wakes the daemon at once, also after the queue's directory was deleted and made anew",
  () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const { layers, ticks } = scheduledIn(root)
      yield* Effect.gen(function* () {
        const { exits, queue } = yield* KugetsuHome
        yield* Effect.forkScoped(schedule())
        yield* until("the first tick", () => ticks() > 0 && fs.existsSync(exits))
        const identity = fs.statSync(exits).birthtimeMs
        fs.rmSync(queue.dir, { recursive: true })
        yield* until("it is there again", () => fs.existsSync(exits) && fs.statSync(exits).birthtimeMs !== identity)
        for (const run of ["r_1", "r_2", "r_3"]) {
          yield* Effect.sleep(300)
          const before = ticks()
          fs.writeFileSync(path.join(exits, run), "")
          yield* until("a tick", () => ticks() > before, 1000)
        }
      }).pipe(Effect.scoped, Effect.provide(layers))
    }),
)
