import { followRun, type RunProgress } from "@kugetsu/core/followRun"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Deferred, Effect, Fiber, Layer, Option, Stream } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { deadSupervisor, livingSupervisor, runExit, runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("follow")

const inHome = <A, E>(body: Effect.Effect<A, E, Runs | KugetsuHome>) =>
  Effect.gen(function* () {
    const home = KugetsuHome.at(yield* temporaryDirectory)
    return yield* Effect.provide(body, Runs.layer.pipe(Layer.provideMerge(home)))
  })

const describe = (line: string) => [{ _tag: "Said", text: line } as const]
const never = () => Effect.die("nobody asked for a settlement")
const tags = (progress: ReadonlyArray<RunProgress>) =>
  progress.map((step) => (step._tag === "Acted" && step.act._tag === "Said" ? step.act.text : step._tag))

const started = {
  version: 1,
  supervisor: livingSupervisor().supervisor,
  started_at: "2026-11-20T06:30:14.000+00:00",
  session_id: "ses_1",
  worktree_path: "/w",
  branch_name: null,
  head: null,
  tmp: "/t",
} as const

effectTest("a run is told in its order, and what was written before the end is told before the end", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const files = (yield* KugetsuHome).run(run)
      yield* runs.create(runRequest(run))
      const preparing = yield* Deferred.make<void>()
      const following = yield* followRun(run, { describe, settle: never, log: false }).pipe(
        Stream.tap(({ _tag }) => (_tag === "Preparing" ? Deferred.succeed(preparing, undefined) : Effect.void)),
        Stream.runCollect,
        Effect.forkChild,
      )
      yield* runs.recordSupervisor(run, livingSupervisor())
      yield* Deferred.await(preparing)
      yield* runs.recordStarted(run, started)
      fs.appendFileSync(files.events, "one\ntwo\n")
      yield* runs.recordExit(runExit(run))
      expect(tags(yield* Fiber.join(following))).toEqual(["Preparing", "Started", "one", "two", "Ended"])
    }),
  ),
)

effectTest("a run that has ended long ago is told whole", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const files = (yield* KugetsuHome).run(run)
      yield* runs.create(runRequest(run))
      yield* runs.recordSupervisor(run, deadSupervisor())
      fs.appendFileSync(files.events, "one\n")
      fs.appendFileSync(files.stderr, "warning\n")
      yield* runs.recordExit(runExit(run))
      const told = yield* Stream.runCollect(followRun(run, { describe, settle: never, log: true }))
      expect(tags(told)).toEqual(["Preparing", "Logged", "one", "Ended"])
    }),
  ),
)

effectTest("a run whose supervisor died is settled, and ends with that", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.create(runRequest(run))
      yield* runs.recordSupervisor(run, deadSupervisor())
      const lost = runExit(run, { outcome: "lost" })
      let asked = 0
      // the first answer: it goes on after all
      const settle = () => Effect.sync(() => (asked++ === 0 ? Option.none() : Option.some(lost)))
      const told = yield* Stream.runCollect(followRun(run, { describe, settle, log: false }))
      expect([tags(told), told.at(-1)]).toEqual([["Preparing", "Ended"], { _tag: "Ended", exit: lost }])
    }),
  ),
)

effectTest("a run that never got a supervisor is settled once it has had the time for one", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.create(runRequest(run, { requested_at: new Date(Date.now() - 60_000).toISOString() }))
      const lost = runExit(run, { outcome: "lost" })
      const settle = () => Effect.succeedSome(lost)
      const told = yield* Stream.runCollect(followRun(run, { describe, settle, log: false }))
      expect(told).toEqual([{ _tag: "Ended", exit: lost }])
    }),
  ),
)
