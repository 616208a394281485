import { expect } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { newTickState } from "@kugetsu/daemon/tick"
import { inDaemonHome, endedTask, look } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { runId } from "../kit/records.ts"

effectTest("what lies among the runs and is none is no trouble", () => {
  const log: Array<string> = []
  return inDaemonHome(
    Effect.gen(function* () {
      const { runs } = yield* KugetsuHome
      const { run } = yield* endedTask(1)
      fs.writeFileSync(path.join(runs, "notes.txt"), "mine")
      fs.mkdirSync(path.join(runs, ".trash"))
      const state = newTickState()
      yield* look(state)
      expect([...state.runs.seenTo]).toEqual([run])
      expect(log).toEqual([])
    }),
    { onLog: (line) => log.push(line) },
  )
})

effectTest("a daemon remembers nothing of runs that were cleaned up, however long it lives", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const { run } = yield* endedTask(1)
      const broken = runId("broken")
      fs.mkdirSync(home.run(broken).dir)
      fs.writeFileSync(home.run(broken).exit, "{")
      const state = newTickState()
      const remembered = () => [...state.runs.seenTo, ...state.runs.signs.keys(), ...state.runs.untold]
      yield* look(state)
      expect(remembered()).toEqual([run])
      for (const id of [run, broken]) fs.rmSync(home.run(id).dir, { recursive: true })
      yield* look(state)
      expect(remembered()).toEqual([])
    }),
  ),
)
