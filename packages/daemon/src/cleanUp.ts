import type { RunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { ageOfMs, listDirectory, removeTree } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Clock, DateTime, Effect, Option } from "effect"
import * as path from "node:path"

const DAY_MS = 86_400_000
const LOGS_KEPT_MS = 7 * DAY_MS
const TEMPORARY_KEPT_MS = 3_600_000

/** Forgets what is old and settled: ended items, ended runs, logs, and temporary files of writers that died. */
export const cleanUp = Effect.fn("cleanUp")(function* (settings: SettingsSnapshot) {
  const home = yield* KugetsuHome
  const now = yield* Clock.currentTimeMillis
  yield* (yield* Queue).clear(DateTime.makeUnsafe(now - settings.queueCleanupAgeMs))
  yield* forgetRuns
  yield* removeOlder(home.logs, LOGS_KEPT_MS, (name) => name !== "journal.ndjson")
  yield* removeOlder(home.queue.tmp, TEMPORARY_KEPT_MS, () => true)
  yield* removeOlder(home.exits, TEMPORARY_KEPT_MS, () => true)
})

/**
 * Only of runs whose end everybody was told of, and that long ago: without its outcome a task would be done again. A run
 * whose records cannot be read stays: somebody must look at it.
 */
const forgetRuns = Effect.gen(function* () {
  const home = yield* KugetsuHome
  for (const { exit, request, started } of (yield* (yield* Runs).survey).runs) {
    if (exit === null) continue
    // a supervisor that was killed after it had written the outcome leaves the run's temporary directory
    if (started !== null && !isAlive(started.supervisor)) yield* removeTree(started.tmp)
    const { dir, seen } = home.run(request.run satisfies RunId)
    const age = yield* ageOfMs(seen)
    if (Option.isSome(age) && age.value > LOGS_KEPT_MS) yield* removeTree(dir)
  }
})

const removeOlder = Effect.fnUntraced(function* (dir: string, keptMs: number, mayGo: (name: string) => boolean) {
  for (const name of yield* listDirectory(dir)) {
    const file = path.join(dir, name)
    const age = yield* ageOfMs(file)
    if (mayGo(name) && Option.isSome(age) && age.value > keptMs) yield* removeTree(file)
  }
})
