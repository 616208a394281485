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
  yield* forgetRuns(now - LOGS_KEPT_MS)
  yield* removeOlder(home.logs, LOGS_KEPT_MS, (name) => name !== "journal.ndjson")
  yield* removeOlder(home.queue.tmp, TEMPORARY_KEPT_MS, () => true)
  yield* removeOlder(home.exits, TEMPORARY_KEPT_MS, () => true)
})

/** A run whose records cannot be read stays: somebody must look at it. */
const forgetRuns = Effect.fnUntraced(function* (before: number) {
  const home = yield* KugetsuHome
  for (const { exit, request, started, supervisor } of (yield* (yield* Runs).survey).runs) {
    if (exit === null) continue
    // a supervisor that was killed after it had written the outcome leaves the run's temporary directory
    for (const record of [supervisor, started]) {
      if (record !== null && record.tmp !== null && !isAlive(record.supervisor)) yield* removeTree(record.tmp)
    }
    if (Date.parse(exit.finished_at) >= before) continue
    yield* removeTree(home.run(request.run satisfies RunId).dir)
  }
})

const removeOlder = Effect.fnUntraced(function* (dir: string, keptMs: number, mayGo: (name: string) => boolean) {
  for (const name of yield* listDirectory(dir)) {
    const file = path.join(dir, name)
    const age = yield* ageOfMs(file)
    if (mayGo(name) && Option.isSome(age) && age.value > keptMs) yield* removeTree(file)
  }
})
