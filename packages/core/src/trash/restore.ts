import { Effect } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import type { TrashId } from "../domain/Receipt.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { lockClone } from "../worktrees/SharedClone.ts"
import { bringBack, isOf, settleMoves } from "./finishMoves.ts"
import { receiptFiles } from "./ReceiptFiles.ts"
import { recoverObjects } from "./recoverObjects.ts"
import { requireFree } from "./requireFree.ts"
import { lockName } from "./TrashLocks.ts"
import { intoTrash } from "./TrashSteps.ts"

/** Everything is looked at before anything is changed; what fails on the way out is taken back. */
export const restore = Effect.fn("Trash.restore")(function* (which: IssueRef | TrashId) {
  const home = yield* KugetsuHome
  const files = receiptFiles(home)
  const wanted = yield* files.find(which)
  yield* lockName(home, wanted)
  const settled = (yield* settleMoves(isOf(wanted.name))).find(({ id }) => id === wanted.id)
  // it was cut off on its way, and is back in its places now
  if (settled?.state === "restored") return settled

  const receipt = yield* files.find(wanted.id)
  if (receipt.clone !== null) yield* lockClone(home, receipt.clone)
  yield* requireFree(home, receipt)
  const missing = yield* recoverObjects(home, receipt)
  const restoring = yield* files.write({ ...receipt, state: "restoring", missing })
  yield* crashPoint("trash.restoring")
  const putBack = Effect.flatMap(intoTrash(home, restoring), (moved) => files.write({ ...moved, state: "done" }))
  return yield* Effect.uninterruptible(
    Effect.onError(bringBack(home, restoring), () => Effect.ignore(putBack, { log: "Error" })),
  )
}, Effect.scoped)
