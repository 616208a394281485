import { Effect, Option } from "effect"
import type { QueueItemId } from "../domain/QueueItem.ts"
import { type HomeUnusable, listDirectory } from "../system/Files.ts"
import { inspectFile } from "../system/FileSteps.ts"
import { claimOf } from "./ItemEntry.ts"

/** Milliseconds: the time of a file may be behind the clock by that much. */
const CLOCK_TICK_MS = 50

/**
 * Whether an item with a pending file runs all the same, for who holds the lock. A claim takes the pending file away, and
 * one that is put back has a later time: only for a file that is younger than the last look it takes another one. With
 * few running a look is cheap, with thousands it would be most of a claim.
 */
export const runningIds = (running: string) => {
  let ids: ReadonlySet<QueueItemId> = new Set()
  let looked = Number.NEGATIVE_INFINITY

  return Effect.fnUntraced(function* (id: QueueItemId, pendingFile: string): Effect.fn.Return<boolean, HomeUnusable> {
    const file = Option.getOrNull(yield* inspectFile(pendingFile))
    const now = Date.now()
    // a clock that was set back says nothing of what came first
    const isOlder = file !== null && file.ctimeMs < looked - CLOCK_TICK_MS && looked <= now
    if (!isOlder || ids.has(id)) {
      ids = new Set((yield* listDirectory(running)).flatMap((name) => claimOf(name)?.id ?? []))
      looked = now
    }
    return ids.has(id)
  })
}
