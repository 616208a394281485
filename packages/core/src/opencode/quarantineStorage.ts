import { DateTime, Effect, Random } from "effect"
import type { AgentPlace } from "../Agent.ts"
import type { Mismatch } from "../domain/Isolation.ts"
import { newQuarantineId } from "../domain/QuarantinedSession.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { ensureDirectory } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { condemnStorage } from "./condemnStorage.ts"
import { finishQuarantine } from "./finishQuarantine.ts"
import { ownerOf } from "./StorageMark.ts"

interface Reason {
  /** null: there is none in it. */
  readonly session: string | null
  readonly mismatches: ReadonlyArray<Mismatch>
}

/**
 * Moves a private storage into the quarantine, whole, from where nothing ever takes it back. A kept conversation that is
 * the issue's own stays in the place, as another session's. From its first step on the storage is marked, and whoever
 * prepares a turn there finishes what was cut off. The caller holds the lock.
 */
export const quarantineStorage = Effect.fn("quarantineStorage")(function* (
  place: Pick<AgentPlace, "name" | "title" | "directory">,
  { mismatches, session }: Reason,
) {
  yield* finishQuarantine(place.name)
  const storage = (yield* KugetsuHome).agent(place.name)
  const now = yield* DateTime.now
  // also of a storage that is gone there is something to tell
  yield* ensureDirectory(storage.dir)
  yield* condemnStorage(storage, {
    version: 1,
    id: newQuarantineId(DateTime.toDate(now), yield* Random.next),
    name: place.name,
    owner: ownerOf(place),
    directory: place.directory,
    session,
    mismatches,
    quarantined_at: timestamp(now),
  })
  yield* crashPoint("quarantine.condemned")
  yield* finishQuarantine(place.name)
})
