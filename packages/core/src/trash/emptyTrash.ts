import { DateTime, Effect, Option } from "effect"
import type { Receipt, TrashId } from "../domain/Receipt.ts"
import { KugetsuHome, type KugetsuPaths } from "../system/KugetsuHome.ts"
import { acquire } from "../system/Lock.ts"
import { exists } from "../system/Files.ts"
import { requireNoMount } from "../system/forceRemoveTree.ts"
import { lockClone } from "../worktrees/SharedClone.ts"
import { settleMoves } from "./finishMoves.ts"
import { inTurn } from "./inTurn.ts"
import { NotInTrash } from "./NotInTrash.ts"
import { receiptFiles } from "./ReceiptFiles.ts"
import { destroyMoved, dropRescue } from "./rescue.ts"
import { lockOf, unlessBusy } from "./TrashLocks.ts"

/** What somebody works with at this moment waits for the next time. */
export const emptyTrash = Effect.fn("Trash.empty")(function* (before: DateTime.DateTime) {
  const home = yield* KugetsuHome
  const limit = DateTime.toEpochMillis(before)
  const isOld = ({ discarded_at, saved, state }: Receipt) =>
    saved && state === "done" && Date.parse(discarded_at) < limit
  const old = (yield* receiptFiles(home).readable).filter(isOld)
  return yield* inTurn(old, (receipt) => unlessBusy(lockOf(home, receipt), removeDone(home, receipt.id, 0)))
})

export const removeForGood = Effect.fn("Trash.remove")(function* (id: TrashId) {
  const home = yield* KugetsuHome
  const known = (yield* exists(home.trashed(id).dir)) ? yield* receiptFiles(home).read(id) : Option.none()
  const notThere = new NotInTrash({ wanted: id })
  const receipt = yield* Effect.mapError(Effect.fromOption(known), () => notThere)
  yield* acquire(lockOf(home, receipt), { waitMs: 0 })
  // what was cut off may as well come back
  if (receipt.state === "moving" || receipt.state === "restoring") yield* settleMoves((each) => each.id === id)
  return yield* Effect.flatMap(removeDone(home, id, momentMs), (removed) =>
    Effect.mapError(Effect.fromOption(removed), () => notThere),
  )
}, Effect.scoped)

/** Somebody fetches, perhaps: a person waits that long. */
const momentMs = 10_000

const removeDone = Effect.fn("Trash.removeDone")(function* (home: KugetsuPaths, id: TrashId, waitMs: number) {
  const files = receiptFiles(home)
  const found = Option.filter(yield* files.read(id), ({ state }) => state === "done" || state === "removing")
  if (Option.isNone(found)) return Option.none()
  if (found.value.clone !== null) yield* lockClone(home, found.value.clone, waitMs)
  // from then on it cannot come back
  yield* Effect.forEach(found.value.moves, ({ to }) => requireNoMount(to))
  const receipt = yield* files.write({ ...found.value, state: "removing" })
  yield* destroyMoved(receipt)
  yield* dropRescue(home, receipt)
  return Option.some(receipt)
}, Effect.scoped)
