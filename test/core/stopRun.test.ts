import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { requireNewestRun } from "@kugetsu/core/issueRuns"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { stopIssue } from "@kugetsu/core/stopRun"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, type Scope } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runExit, runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const ref = new IssueRef({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier: "14" })
const run = runId("stopme")

const inHome = <A, E>(body: Effect.Effect<A, E, Runs | Sessions | KugetsuHome | Scope.Scope>) =>
  Effect.gen(function* () {
    const home = KugetsuHome.at(yield* temporaryDirectory)
    return yield* Effect.provide(body, Layer.mergeAll(Runs.layer, Sessions.layer).pipe(Layer.provideMerge(home)))
  })

const sleeper = Effect.acquireRelease(
  Effect.sync(() => Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] })),
  (child) => Effect.sync(() => child.kill("SIGKILL")),
)

effectTest("the wish to stop is on disk, and the supervisor is asked to end", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const child = yield* sleeper
      yield* runs.create(runRequest(run))
      yield* runs.recordSupervisor(run, livingSupervisor(child.pid))
      expect(yield* stopIssue(ref, "kugetsu stop")).toBe(run)
      yield* Effect.promise(() => child.exited)
      expect([child.signalCode, (yield* runs.require(run)).stop?.by]).toEqual(["SIGTERM", "kugetsu stop"])
    }),
  ),
)

effectTest("where nothing runs there is nothing to stop, and it says so", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      expect((yield* Effect.flip(stopIssue(ref, "a"))).message).toBe(
        "no agent is running on github.com/shoko/kugetsu#14",
      )
      yield* runs.create(runRequest(run))
      yield* runs.recordExit(runExit(run))
      expect((yield* Effect.flip(stopIssue(ref, "a")))._tag).toBe("NothingRunning")
      expect((yield* runs.require(run)).stop).toBeNull()
    }),
  ),
)

effectTest("the newest run of an issue is its own, whatever the case of its name", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.create(runRequest(runId("newest"), { issue_ref: "github.com/Shoko/Kugetsu#14" }))
      yield* runs.create(runRequest(runId("others"), { issue_ref: "github.com/shoko/kugetsu#15" }))
      expect((yield* requireNewestRun(ref)).request.run).toBe(runId("newest"))
    }),
  ),
)

effectTest("a run that the issue's record names is stopped although the clock was set back since an older one", () =>
  inHome(
    Effect.gen(function* () {
      const [runs, sessions] = [yield* Runs, yield* Sessions]
      const [old, going] = [runId("before"), runId("after1")]
      yield* runs.create(runRequest(old, { requested_at: "2026-11-20T08:00:00.000+00:00" }))
      yield* runs.recordExit(runExit(old))
      yield* runs.create(runRequest(going, { requested_at: "2026-11-20T07:00:00.000+00:00" }))
      yield* sessions.update(ref, (session) => ({ ...session, run: going }))
      expect(yield* stopIssue(ref, "a")).toBe(going)
      yield* runs.recordExit(runExit(going))
      expect((yield* requireNewestRun(ref)).request.run).toBe(going)

      // launched, and not in the record yet
      const next = runId("newest")
      yield* runs.create(runRequest(next, { requested_at: "2026-11-20T09:00:00.000+00:00" }))
      expect(yield* stopIssue(ref, "a")).toBe(next)
    }),
  ),
)

effectTest("a run can be stopped although the issue's record cannot be read, or names one that is gone", () =>
  inHome(
    Effect.gen(function* () {
      const [runs, sessions] = [yield* Runs, yield* Sessions]
      yield* runs.create(runRequest(run))
      yield* sessions.update(ref, (session) => ({ ...session, run: runId("gone12") }))
      expect((yield* requireNewestRun(ref)).request.run).toBe(run)
      fs.writeFileSync((yield* KugetsuHome).sessionFile("github.com-shoko-kugetsu-14.json"), "{")
      expect(yield* stopIssue(ref, "a")).toBe(run)
    }),
  ),
)

effectTest("a run that cannot be read is not taken for none", () =>
  inHome(
    Effect.gen(function* () {
      const files = (yield* KugetsuHome).run(run)
      fs.mkdirSync(files.dir, { recursive: true })
      fs.writeFileSync(files.request, "{")
      expect((yield* Effect.flip(stopIssue(ref, "a")))._tag).toBe("RecordUnreadable")
    }),
  ),
)
