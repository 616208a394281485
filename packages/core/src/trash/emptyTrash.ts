import { DateTime, Effect, Option } from "effect"
import type { Receipt, TrashId } from "../domain/Receipt.ts"
import { KugetsuHome, type KugetsuPaths } from "../system/KugetsuHome.ts"
import { acquire } from "../system/Lock.ts"
import { requireNoMount } from "../system/forceRemoveTree.ts"
import { lockClone } from "../worktrees/SharedClone.ts"
import { lockOf, unlessBusy } from "./TrashLocks.ts"
import { NotInTrash } from "./NotInTrash.ts"
import { receiptFiles } from "./ReceiptFiles.ts"
import { destroyMoved, dropRescue } from "./rescue.ts"

/** What somebody works with at this moment waits for the next time. */
export const emptyTrash = Effect.fn("Trash.empty")(function* (before: DateTime.DateTime) {
  const home = yield* KugetsuHome
  const limit = DateTime.toEpochMillis(before)
  const isOld = ({ discarded_at, saved, state }: Receipt) =>
    saved && state === "done" && Date.parse(discarded_at) < limit
  const removed: Array<Receipt> = []
  for (const receipt of (yield* receiptFiles(home).readable).filter(isOld)) {
    const outcome = yield* unlessBusy(lockOf(home, receipt), removeDone(home, receipt.id))
    removed.push(...Option.toArray(Option.flatten(outcome)))
  }
  return removed
})

export const removeForGood = Effect.fn("Trash.remove")(function* (id: TrashId) {
  const home = yield* KugetsuHome
  const receipt = yield* receiptFiles(home).find(id)
  yield* acquire(lockOf(home, receipt), { waitMs: 0 })
  const removed = yield* removeDone(home, id)
  return Option.isSome(removed) ? removed.value : yield* new NotInTrash({ wanted: id })
}, Effect.scoped)

const removeDone = Effect.fn("Trash.removeDone")(function* (home: KugetsuPaths, id: TrashId) {
  const files = receiptFiles(home)
  const found = Option.filter(yield* files.read(id), ({ state }) => state === "done")
  if (Option.isNone(found)) return Option.none()
  if (found.value.clone !== null) yield* lockClone(home, found.value.clone)
  // from then on it cannot come back
  yield* Effect.forEach(found.value.moves, ({ to }) => requireNoMount(to))
  const receipt = yield* files.write({ ...found.value, state: "removing" })
  yield* destroyMoved(receipt)
  yield* dropRescue(home, receipt)
  return Option.some(receipt)
}, Effect.scoped)
