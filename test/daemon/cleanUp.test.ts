import { expect } from "bun:test"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { cleanUp } from "@kugetsu/daemon/cleanUp"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { daemonHome, endedTask, look, newTickState, told } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"

const DAY_MS = 86_400_000

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
