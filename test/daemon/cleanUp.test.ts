import { expect } from "bun:test"
import type { RunExit, RunStarted, RunSupervisor } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { cleanUp } from "@kugetsu/daemon/cleanUp"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { deadSupervisor, livingSupervisor, runExit, runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("leaves")

interface Left {
  readonly supervisor?: RunSupervisor
  readonly started?: RunStarted
  readonly exit?: RunExit
}

/** Cleans up where a run left these records and a full temporary directory; gives whether either is still there. */
const afterCleanUp = (records: (tmp: string) => Left) =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const tmp = path.join(yield* temporaryDirectory, "kugetsu-run")
    fs.mkdirSync(path.join(tmp, "deep"), { recursive: true })
    fs.writeFileSync(path.join(tmp, "deep", "library.so"), "")
    const { exit, started, supervisor } = records(tmp)
    return yield* Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.create(runRequest(run))
      if (supervisor !== undefined) yield* runs.recordSupervisor(run, supervisor)
      if (started !== undefined) yield* runs.recordStarted(run, started)
      if (exit !== undefined) yield* runs.recordExit(exit)
      yield* cleanUp(yield* (yield* Settings).load)
      return { tmp: fs.existsSync(tmp), run: fs.existsSync((yield* KugetsuHome).run(run).dir) }
    }).pipe(Effect.provide(daemonHome(root)))
  })

const justNow = () => runExit(run, { finished_at: new Date().toISOString() })
const deadAndStarted = (tmp: string): Left => {
  const supervisor = deadSupervisor()
  return { supervisor: { ...supervisor, tmp }, started: runStarted({ tmp, supervisor: supervisor.supervisor }) }
}

for (const [left, records] of [
  ["that was killed after the outcome", (tmp) => ({ ...deadAndStarted(tmp), exit: justNow() })],
  [
    "that was killed after the outcome of a run that never started",
    (tmp) => ({ supervisor: { ...deadSupervisor(), tmp }, exit: justNow() }),
  ],
  [
    "of an earlier version",
    (tmp) => ({ supervisor: deadSupervisor(), started: deadAndStarted(tmp).started!, exit: justNow() }),
  ],
] as const satisfies ReadonlyArray<readonly [string, (tmp: string) => Left]>) {
  effectTest(`the temporary directory of a supervisor ${left} is removed, and the records stay`, () =>
    Effect.gen(function* () {
      expect(yield* afterCleanUp(records)).toEqual({ tmp: false, run: true })
    }),
  )
}

for (const [whose, records] of [
  [
    "a supervisor that lives",
    (tmp) => ({
      supervisor: { ...livingSupervisor(), tmp },
      started: runStarted({ tmp }),
      exit: justNow(),
    }),
  ],
  ["a run without an outcome", deadAndStarted],
] as const satisfies ReadonlyArray<readonly [string, (tmp: string) => Left]>) {
  effectTest(`the temporary directory of ${whose} stays`, () =>
    Effect.gen(function* () {
      expect(yield* afterCleanUp(records)).toEqual({ tmp: true, run: true })
    }),
  )
}

effectTest("a run's records go a week after its outcome", () =>
  Effect.gen(function* () {
    const day = 86_400_000
    for (const [age, stays] of [
      [6.9 * day, true],
      [7.1 * day, false],
    ] as const) {
      const exit = runExit(run, { finished_at: new Date(Date.now() - age).toISOString() })
      expect((yield* afterCleanUp(() => ({ exit }))).run).toBe(stays)
    }
  }),
)
