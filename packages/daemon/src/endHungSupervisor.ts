import type { RunId } from "@kugetsu/core/domain/Run"
import type { RunRecord } from "@kugetsu/core/Runs"
import { fileStamp, removeTree, touch } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { signal } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import { journal } from "./Journal.ts"
import { Pace } from "./Pace.ts"

/** What the daemon saw of a supervisor, in milliseconds of the daemon's own time. */
export interface Seen {
  /** Of its last sign of life. */
  readonly stamp: string
  readonly silentMs: number
  /** Since its agent was started, as far as this daemon was there. */
  readonly workedMs: number
}

/**
 * Ends a supervisor that gives no sign of life, or whose run goes on long after its time is up: it failed to do what it
 * is there for. The run is then recorded as lost, and what is left of it is swept.
 */
export const endHungSupervisor = Effect.fn("endHungSupervisor")(function* (
  record: RunRecord,
  seen: Map<RunId, Seen>,
  elapsedMs: number,
) {
  const { clocks, run } = record.request
  if (record.supervisor === null) return
  const files = (yield* KugetsuHome).run(run)
  const { overtimeMs, silenceLimitMs } = yield* Pace
  const stamp = yield* fileStamp(files.heartbeat)
  const last = seen.get(run)
  const silentMs = last?.stamp === stamp ? last.silentMs + elapsedMs : 0
  const workedMs = record.started === null ? 0 : (last?.workedMs ?? 0) + elapsedMs
  seen.set(run, { stamp, silentMs, workedMs })
  const silent = silentMs >= silenceLimitMs
  if (!silent && workedMs < clocks.total_ms + overtimeMs) return
  if (silent && !(yield* canSign(files.heartbeatProbe))) {
    seen.set(run, { stamp, silentMs: 0, workedMs })
    return
  }
  // a journal that cannot be written must not save it
  signal(record.supervisor.supervisor, "SIGKILL")
  const reason = silent ? "its supervisor gave no sign of life" : "its supervisor did not end it when its time was up"
  yield* Effect.ignore(journal({ event: "killed", run, reason }))
})

/** On a full disk, or a home that is read-only for a time, nobody can give a sign. */
const canSign = (probe: string) => Effect.isSuccess(Effect.andThen(touch(probe), removeTree(probe)))
