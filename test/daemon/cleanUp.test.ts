import { expect } from "bun:test"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { cleanUp } from "@kugetsu/daemon/cleanUp"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome, endedTask, look, newTickState, told } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"
import { deadSupervisor } from "../kit/records.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString()

/** Makes a file, or what is there, so old. */
const aged = (file: string, ms: number): void => {
  const at = new Date(Date.now() - ms)
  fs.utimesSync(file, at, at)
}

const clean = Effect.gen(function* () {
  yield* cleanUp(yield* (yield* Settings).load)
})

effectTest("a task that ended long before a daemon looked is settled and told, and not done again", () =>
  daemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1, { finished_at: daysAgo(8) })
      const home = yield* KugetsuHome
      yield* Effect.forkScoped(schedule())
      yield* until("the run was seen to", () => fs.existsSync(home.run(run).seen))
      expect(Option.getOrThrow(yield* (yield* Queue).find(item)).state).toBe("completed")
      expect(yield* told).toContain(`${run}.task_completed`)
    }),
  ),
)

effectTest("a run goes a week after everybody was told of its end, however long ago that end was", () =>
  daemonHome(
    Effect.gen(function* () {
      const { run } = yield* endedTask(1, { finished_at: daysAgo(30) })
      const { dir, seen } = (yield* KugetsuHome).run(run)
      yield* clean
      expect(fs.existsSync(dir)).toBe(true)
      yield* look(newTickState())
      aged(seen, 6.9 * DAY_MS)
      yield* clean
      expect(fs.existsSync(dir)).toBe(true)
      aged(seen, 7.1 * DAY_MS)
      yield* clean
      expect(fs.existsSync(dir)).toBe(false)
    }),
  ),
)

effectTest("what cannot be removed is told once, and keeps nothing else from being cleaned up", () =>
  daemonHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const ended = [yield* endedTask(1), yield* endedTask(2), yield* endedTask(3)]
      yield* look(newTickState())
      const dirs = ended.map(({ run }) => home.run(run))
      // no run's temporary directory is called so: a record that says it is wrong
      const foreign = path.join(home.root, "work of a person")
      fs.mkdirSync(foreign)
      yield* (yield* Runs).recordSupervisor(ended[1]!.run, { ...deadSupervisor(), tmp: foreign })
      for (const { seen } of dirs) aged(seen, 8 * DAY_MS)
      fs.mkdirSync(home.queue.tmp, { recursive: true })
      const temporary = path.join(home.queue.tmp, "q_1.tmp")
      fs.writeFileSync(temporary, "")
      aged(temporary, 2 * HOUR_MS)
      yield* clean
      yield* clean
      const places = [temporary, ...dirs.map(({ dir }) => dir), foreign]
      // the record alone tells of what stays elsewhere
      expect(places.filter((file) => fs.existsSync(file))).toEqual([dirs[1]!.dir, foreign])
      expect((yield* told).filter((id) => id.endsWith(".not_removed"))).toEqual([`${foreign}.not_removed`])
    }),
  ),
)
