import { expect } from "bun:test"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { identityOf, isAlive } from "@kugetsu/core/system/ProcessTable"
import { endHungSupervisor, type Seen } from "@kugetsu/daemon/endHungSupervisor"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("hanged")
const TOTAL_MS = 3_600_000

interface World {
  /** A look after so much of the daemon's own time. */
  readonly look: (elapsedMs: number) => Effect.Effect<void>
  /** Whether the supervisor has got no signal to end. */
  readonly lives: () => boolean
  readonly ended: Effect.Effect<unknown>
  readonly files: { readonly heartbeat: string; readonly heartbeatProbe: string }
  readonly logs: string
}

/** A supervisor that is a process of its own, with a run that goes on. */
const supervised = (started: boolean, body: (world: World) => Effect.Effect<void>) =>
  Effect.flatMap(temporaryDirectory, (root) =>
    Effect.provide(
      Effect.gen(function* () {
        const [runs, home] = [yield* Runs, yield* KugetsuHome]
        const child = Bun.spawn(["sleep", "600"])
        yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
        const supervisor = identityOf(child.pid)!
        const clocks = { startup_ms: 1, idle_ms: 1, total_ms: TOTAL_MS }
        yield* runs.create(runRequest(run, { clocks }))
        yield* runs.recordSupervisor(run, { version: 1, supervisor, since: "2026-11-20T06:30:12+00:00", tmp: null })
        if (started) yield* runs.recordStarted(run, runStarted())
        const files = home.run(run)
        fs.writeFileSync(files.heartbeat, "")
        const record = Option.getOrThrow(yield* runs.find(run))
        const seen = new Map<RunId, Seen>()
        const services = yield* Effect.context<Runs | KugetsuHome>()
        const look = (elapsedMs: number) =>
          endHungSupervisor(record, seen, elapsedMs).pipe(Effect.provideContext(services), Effect.orDie)
        const ended = Effect.promise(() => child.exited)
        yield* body({ look, lives: () => isAlive(supervisor), ended, files, logs: home.logs })
      }),
      daemonHome(root),
    ),
  )

effectTest("a supervisor without a sign of life for a minute of the daemon's time is ended", () =>
  supervised(false, ({ ended, lives, look }) =>
    Effect.gen(function* () {
      yield* look(0)
      yield* look(59_000)
      expect(lives()).toBe(true)
      yield* look(1000)
      yield* ended
    }),
  ),
)

effectTest("each sign of life starts the minute anew", () =>
  supervised(false, ({ ended, files, lives, look }) =>
    Effect.gen(function* () {
      yield* look(0)
      yield* look(59_000)
      fs.utimesSync(files.heartbeat, 1, 1)
      yield* look(59_000)
      yield* look(59_000)
      expect(lives()).toBe(true)
      yield* look(1000)
      yield* ended
    }),
  ),
)

effectTest("a journal that cannot be written saves no hung supervisor", () =>
  supervised(false, ({ ended, logs, look }) =>
    Effect.gen(function* () {
      fs.rmSync(logs, { recursive: true, force: true })
      fs.writeFileSync(logs, "no directory")
      yield* look(0)
      yield* look(60_000)
      yield* ended
    }),
  ),
)

effectTest("where no sign of life can be given, silence counts for nothing", () =>
  supervised(false, ({ ended, files, lives, look }) =>
    Effect.gen(function* () {
      fs.mkdirSync(files.heartbeatProbe)
      yield* look(0)
      yield* look(60_000)
      yield* look(59_000)
      expect(lives()).toBe(true)
      fs.rmdirSync(files.heartbeatProbe)
      yield* look(60_000)
      yield* ended
      expect(fs.existsSync(files.heartbeatProbe)).toBe(false)
    }),
  ),
)

effectTest("a run that goes on long after its time was up loses its supervisor, signs of life or not", () =>
  supervised(true, ({ ended, files, lives, look }) =>
    Effect.gen(function* () {
      const lookAt = (minute: number) => {
        fs.utimesSync(files.heartbeat, minute, minute)
        return look(60_000)
      }
      const minutes = TOTAL_MS / 60_000
      yield* Effect.forEach(
        Array.from({ length: minutes + 9 }, (_, minute) => minute),
        lookAt,
      )
      expect(lives()).toBe(true)
      yield* lookAt(minutes + 10)
      yield* ended
    }),
  ),
)

effectTest("the time in which a run is made ready is not counted", () =>
  supervised(false, ({ files, lives, look }) =>
    Effect.gen(function* () {
      for (const minute of [1, 2, 3]) {
        fs.utimesSync(files.heartbeat, minute, minute)
        yield* look(TOTAL_MS)
      }
      expect(lives()).toBe(true)
    }),
  ),
)
