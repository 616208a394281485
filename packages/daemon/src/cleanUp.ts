import { isInContext, keepContext } from "@kugetsu/core/keepContext"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { dropRunSecrets, forgetRunSecrets, isUnredacted } from "@kugetsu/core/RunSecrets"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import type { Failure } from "@kugetsu/core/domain/Failure"
import { ageOfMs, listDirectory } from "@kugetsu/core/system/Files"
import { forceRemoveTree } from "@kugetsu/core/system/forceRemoveTree"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Clock, DateTime, Effect, Option } from "effect"
import * as path from "node:path"
import { redactRun } from "./redactRun.ts"
import { removePrivateTmp } from "./PrivateTmp.ts"
import { settle } from "./settle.ts"
import { sweepTemporaries } from "./sweepTemporaries.ts"

const DAY_MS = 86_400_000
const LOGS_KEPT_MS = 7 * DAY_MS
const TEMPORARY_KEPT_MS = 3_600_000

/**
 * Forgets what is old and settled: ended items, ended runs, logs, and temporary files of writers that died. What cannot
 * be removed keeps nothing else from it.
 */
export const cleanUp = Effect.fn("cleanUp")(function* (settings: SettingsSnapshot) {
  const home = yield* KugetsuHome
  const now = yield* Clock.currentTimeMillis
  yield* apart((yield* Queue).clear(DateTime.makeUnsafe(now - settings.queueCleanupAgeMs)))
  yield* apart(forgetRuns)
  yield* apart(removeOlder(home.logs, LOGS_KEPT_MS, (name) => name !== "journal.ndjson"))
  yield* apart(removeOlder(home.queue.tmp, TEMPORARY_KEPT_MS, () => true))
  yield* apart(removeOlder(home.exits, TEMPORARY_KEPT_MS, () => true))
  yield* apart(sweepTemporaries(now - TEMPORARY_KEPT_MS))
})

const apart = <A, R>(part: Effect.Effect<A, Failure, R>) =>
  Effect.catch(part, (failure) => Effect.logError(`clean-up: ${failure.message}`))

/**
 * Only runs whose end everybody was told of, and that long ago: without its outcome a task would be done again. What a
 * run came to is in the context of its issue by then, or it stays. A run whose records cannot be read stays: somebody
 * must look at it.
 */
const forgetRuns = Effect.gen(function* () {
  const home = yield* KugetsuHome
  for (const run of (yield* (yield* Runs).survey).runs) {
    if (run.exit === null) continue
    const { dir, seen } = home.run(run.request.run)
    if (!isWatched(run)) yield* apart(maskLate(run))
    // its record alone names what is left of it elsewhere, and stays until that is gone
    const gone = yield* Effect.forEach(leftTmps(run), (tmp) => removed(tmp, removePrivateTmp(tmp)))
    if (!gone.every(Boolean) || !(yield* isOlder(seen, LOGS_KEPT_MS))) continue
    const forgotten = Effect.andThen(keepWhatItCameTo(run), dropRunSecrets(run.request.run))
    yield* removed(dir, Effect.andThen(forgotten, forceRemoveTree(dir)))
  }
})

/** A run whose supervisor is not done with it. */
const isWatched = ({ started, supervisor }: RunRecord): boolean =>
  [started, supervisor].some((record) => record !== null && isAlive(record.supervisor))

/** What could not be masked when the run ended; and what a supervisor that was killed left of that. */
const maskLate = Effect.fnUntraced(function* (run: RunRecord) {
  const id = run.request.run
  if (yield* isUnredacted(id)) yield* redactRun(id)
  if (yield* isInContext(run)) yield* forgetRunSecrets(id)
})

const keepWhatItCameTo = Effect.fnUntraced(function* (run: RunRecord) {
  if (!(yield* isInContext(run))) yield* keepContext(run.request.run)
  // its record alone says that the session is not to be used
  if (run.exit?.misplaced !== undefined) yield* settle(run.request.run, { holdsIssue: false })
})

/** A supervisor that was killed after it had written the outcome leaves the run's temporary directory. */
const leftTmps = ({ started, supervisor }: RunRecord): ReadonlyArray<string> => [
  ...new Set(
    [started, supervisor].flatMap((record) =>
      record === null || record.tmp === null || isAlive(record.supervisor) ? [] : [record.tmp],
    ),
  ),
]

const removeOlder = Effect.fnUntraced(function* (dir: string, keptMs: number, mayGo: (name: string) => boolean) {
  for (const name of (yield* listDirectory(dir)).filter(mayGo)) {
    const file = path.join(dir, name)
    if (yield* isOlder(file, keptMs)) yield* removed(file, forceRemoveTree(file))
  }
})

const isOlder = (file: string, keptMs: number) =>
  Effect.map(
    ageOfMs(file),
    Option.exists((age) => age > keptMs),
  )

/** Whether it succeeded. What stays against our will is told once, and tried again with each clean-up. */
const removed = <R>(file: string, removal: Effect.Effect<void, Failure, R>) =>
  Effect.matchEffect(removal, {
    onSuccess: () => Effect.succeed(true),
    onFailure: ({ message }) => Effect.as(apart(tellOf(file, message)), false),
  })

const tellOf = Effect.fnUntraced(function* (file: string, reason: string) {
  const isNews = yield* (yield* Notifications).tell({
    type: "not_removed",
    about: file,
    message: `what is over cannot be cleaned up: ${reason}`,
    issueRef: null,
    url: null,
  })
  if (isNews) yield* Effect.logWarning(`clean-up: ${reason}`)
})
