import { awaitsPullRequest } from "@kugetsu/core/awaitsPullRequest"
import type { RunId } from "@kugetsu/core/domain/Run"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { exists, fileStamp, listDirectory, touch } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { signal } from "@kugetsu/core/system/ProcessTable"
import { Effect, Option } from "effect"
import { journal } from "./Journal.ts"
import { Pace } from "./Pace.ts"
import { settle } from "./settle.ts"

/** A run that came to its outcome since the last look. */
export interface EndedRun {
  readonly record: RunRecord
  readonly exit: RunExit
}

/** What the daemon knows of runs between two looks; nothing of it is needed after a restart. */
export interface RunMemory {
  /** Ended and seen to: not looked at again. */
  readonly seenTo: Set<RunId>
  /** The last sign of life of a supervisor, and the daemon's own time since. */
  readonly signs: Map<RunId, { readonly stamp: string; readonly silentMs: number }>
}

export const newRunMemory = (): RunMemory => ({ seenTo: new Set(), signs: new Map() })

/**
 * Looks at every run that has no end yet: records those whose supervisor died, kills hung supervisors. `elapsedMs` is
 * the time since the last look, already bounded, so that a suspended machine kills nobody.
 */
export const lookAtRuns = Effect.fn("OpenRuns.lookAtRuns")(function* (memory: RunMemory, elapsedMs: number) {
  const ids = (yield* listDirectory((yield* KugetsuHome).runs)) as ReadonlyArray<RunId>
  const open = ids.filter((id) => !memory.seenTo.has(id))
  const looks = yield* Effect.forEach(
    open,
    (id) =>
      lookAt(id, memory, elapsedMs).pipe(
        Effect.catch((failure) => Effect.as(Effect.logError(`run ${id}: ${failure.message}`), Option.none<EndedRun>())),
      ),
    { concurrency: 8 },
  )
  return looks.flatMap((look) => Option.toArray(look))
})

const lookAt = Effect.fnUntraced(function* (id: RunId, memory: RunMemory, elapsedMs: number) {
  if (yield* exists((yield* KugetsuHome).run(id).seen)) {
    memory.seenTo.add(id)
    return Option.none<EndedRun>()
  }
  const found = yield* (yield* Runs).find(id)
  if (Option.isNone(found)) return Option.none<EndedRun>()
  const record = found.value
  const exit = record.exit ?? Option.getOrNull(yield* settle(id, { holdsIssue: false }))
  if (exit !== null && !awaitsPullRequest(record)) return Option.some({ record, exit })
  yield* endHungSupervisor(record, memory, elapsedMs)
  return Option.none<EndedRun>()
})

/** Everybody was told of the run's end: no later daemon looks at it. One that does after all, does nothing new. */
export const markSeen = Effect.fn("OpenRuns.markSeen")(function* (run: RunId) {
  yield* Effect.ignore(touch((yield* KugetsuHome).run(run).seen))
})

const endHungSupervisor = Effect.fnUntraced(function* (record: RunRecord, memory: RunMemory, elapsedMs: number) {
  const { run } = record.request
  if (record.supervisor === null) return
  const stamp = yield* fileStamp((yield* KugetsuHome).run(run).heartbeat)
  const last = memory.signs.get(run)
  const silentMs = last?.stamp === stamp ? last.silentMs + elapsedMs : 0
  memory.signs.set(run, { stamp, silentMs })
  if (silentMs < (yield* Pace).silenceLimitMs) return
  yield* journal({ event: "killed", run, reason: "its supervisor gave no sign of life" })
  signal(record.supervisor.supervisor, "SIGKILL")
})
