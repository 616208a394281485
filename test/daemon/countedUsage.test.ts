import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { issueUsage } from "@kugetsu/core/issueUsage"
import { listSessions } from "@kugetsu/core/listSessions"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { noteEnd } from "@kugetsu/daemon/Ending"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { inDaemonHome, refOf } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { emptyTurn, runExit, runId, runRequest } from "../kit/records.ts"

/** A turn that used some of each, `n` times. */
const turn = (n: number): TurnReport => ({
  ...emptyTurn,
  tokens: { input: 100 * n, output: 10 * n, reasoning: n, cache_read: 1000 * n, cache_write: 7 * n },
  cost: 0.25 * n,
})
const used = (n: number, runs: number) => ({ runs, tokens: turn(n).tokens, cost: turn(n).cost })

const ref = Effect.fromResult(parseIssueRef(refOf(1)))

/** The issue's run ended: its record, and that its session is still called active. */
const ended = Effect.fnUntraced(function* (name: string, report: TurnReport | null) {
  const run = runId(name)
  const exit = runExit(run, { issue_ref: refOf(1), turn: report })
  const runs = yield* Runs
  yield* runs.create(runRequest(run, { issue_ref: refOf(1) }))
  yield* runs.recordExit(exit)
  yield* (yield* Sessions).update(yield* ref, (session) => ({ ...session, run, state: "active" }))
  return exit
})

const sum = issueUsage(refOf(1))

effectTest(
  "tokens and cost of an issue's runs are summed up, whoever sees an end first, and each is counted once",
  () =>
    inDaemonHome(
      Effect.gen(function* () {
        const first = yield* ended("first1", turn(1))
        const sessions = yield* Sessions
        const before = yield* sessions.find(yield* ref)
        yield* noteEnd(first)
        yield* noteEnd(first)
        // who looked before the other one wrote
        const late = { ...sessions, find: () => Effect.succeed(before) }
        yield* Effect.provideService(noteEnd(first), Sessions, late)
        expect(yield* sum).toEqual(used(1, 1))
        yield* noteEnd(yield* ended("second", turn(2)))
        yield* noteEnd(yield* ended("third1", null))
        expect(yield* sum).toEqual(used(3, 2))
        const listed = yield* listSessions
        expect(listed.sessions.map(({ usage }) => usage)).toEqual([used(3, 2)])
      }),
    ),
)

effectTest("a run that was cleaned up stays in the sum", () =>
  inDaemonHome(
    Effect.gen(function* () {
      yield* noteEnd(yield* ended("first1", turn(1)))
      fs.rmSync((yield* KugetsuHome).runs, { recursive: true })
      yield* noteEnd(yield* ended("second", turn(1)))
      expect(yield* sum).toEqual(used(2, 2))
    }),
  ),
)

effectTest("a record without a sum loads, and its sum begins with the runs that are kept", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const sessions = yield* Sessions
      yield* ended("older1", turn(4))
      const { name } = Option.getOrThrow(yield* sessions.find(yield* ref))
      const file = home.sessionFile(`${name}.json`)
      const { usage: _, ...older } = JSON.parse(fs.readFileSync(file, "utf8"))
      fs.writeFileSync(file, JSON.stringify({ ...older, state: "idle" }))
      expect(yield* sum).toBeNull()
      yield* (yield* Runs).create(runRequest(runId("other1"), { issue_ref: refOf(2) }))
      yield* (yield* Runs).recordExit(runExit(runId("other1"), { issue_ref: refOf(2), turn: turn(50) }))
      yield* noteEnd(yield* ended("newer1", turn(1)))
      expect(yield* sum).toEqual(used(5, 2))
    }),
  ),
)
