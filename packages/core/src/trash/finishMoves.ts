import { Effect, Option, type Scope } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import { isOfIssue, type Receipt, type TrashId } from "../domain/Receipt.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { ageOfMs, type HomeUnusable } from "../system/Files.ts"
import type { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RecordUnreadable } from "../system/JsonFile.ts"
import { KugetsuHome, type KugetsuPaths } from "../system/KugetsuHome.ts"
import type { LockBusy } from "../system/Lock.ts"
import { lockClone } from "../worktrees/SharedClone.ts"
import { inTurn } from "./inTurn.ts"
import { receiptFiles } from "./ReceiptFiles.ts"
import { lockOf, unlessBusy } from "./TrashLocks.ts"
import { destroyMoved, dropRescue, removeDirectory } from "./rescue.ts"
import { intoTrash, outOfTrash, progressOf } from "./TrashSteps.ts"

export const finishMoves = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const files = receiptFiles(home)
  const unfinished = (yield* files.readable).filter(({ state }) => state !== "done")
  const ended = yield* inTurn(unfinished, (receipt) => unlessBusy(lockOf(home, receipt), endMove(home, receipt.id, 0)))
  yield* removeLeftOvers(home)
  return ended
}).pipe(Effect.withSpan("Trash.finish"))

/**
 * As `finishMoves`, of those that are meant, for whoever holds their lock. What only has to be removed still does not
 * stand in the way.
 */
export const settleMoves = Effect.fn("Trash.settle")(function* (
  isMeant: (receipt: Receipt) => boolean,
  cloneWaitMs?: number,
) {
  const home = yield* KugetsuHome
  const unfinished = (yield* receiptFiles(home).readable).filter(({ state }) => state !== "done")
  const { done, failed } = yield* inTurn(unfinished.filter(isMeant), (receipt) => {
    return receipt.state === "moving" || receipt.state === "restoring"
      ? endMove(home, receipt.id, cloneWaitMs)
      : Effect.catch(endMove(home, receipt.id, 0), (failure) =>
          Effect.as(tellLeft(receipt, failure), Option.some(receipt)),
        )
  })
  return failed[0] === undefined ? done : yield* failed[0].failure
})

/** Whether the receipt is of the issue, or of the name. */
export const isOf =
  (...which: ReadonlyArray<IssueRef | string | null>) =>
  (receipt: Receipt): boolean =>
    which.some((each) => (typeof each === "string" ? receipt.name === each : each !== null && isOfIssue(receipt, each)))

/** Takes back what a failed discard has done. */
export const takeBack = (home: KugetsuPaths, id: TrashId) =>
  Effect.flatMap(receiptFiles(home).read(id), (receipt) =>
    Option.isSome(receipt) && receipt.value.state === "moving" ? bringBack(home, receipt.value) : Effect.void,
  )

/** As it is on disk now: it may have ended a moment ago. */
const endMove = Effect.fn("Trash.endMove")(function* (
  home: KugetsuPaths,
  id: TrashId,
  waitMs?: number,
): Effect.fn.Return<Option.Option<Receipt>, GitError | LockBusy | RecordUnreadable | HomeUnusable, Git | Scope.Scope> {
  const files = receiptFiles(home)
  const found = yield* files.read(id)
  if (Option.isNone(found)) return Option.none()
  const receipt = found.value
  if (receipt.clone !== null) yield* lockClone(home, receipt.clone, waitMs)
  switch (receipt.state) {
    case "done":
      return Option.none()
    case "moving": {
      if (!(yield* progressOf(receipt)).anyAway) return Option.some(yield* bringBack(home, receipt))
      const moved = yield* intoTrash(home, receipt)
      return Option.some(yield* files.write({ ...moved, state: "done" }))
    }
    case "restoring": {
      const { anyHere, conflict } = yield* progressOf(receipt)
      if (anyHere && !conflict) return Option.some(yield* bringBack(home, receipt))
      const moved = yield* intoTrash(home, receipt)
      return Option.some(yield* files.write({ ...moved, state: "done" }))
    }
    case "restored":
      yield* dropRescue(home, receipt)
      return Option.some(receipt)
    case "removing":
      yield* destroyMoved(receipt)
      yield* dropRescue(home, receipt)
      return Option.some(receipt)
  }
}, Effect.scoped)

/**
 * Back to its places, and out of the trash. Fails only while it is not back: what the rescue leaves is `finishMoves`'s
 * afterwards. Needs the lock of the receipt's repository.
 */
export const bringBack = Effect.fn("Trash.bringBack")(function* (home: KugetsuPaths, receipt: Receipt) {
  yield* outOfTrash(home, receipt)
  const restored = yield* receiptFiles(home).write({ ...receipt, state: "restored" })
  yield* crashPoint("trash.restored")
  yield* dropRescue(home, restored).pipe(Effect.catch((failure) => tellLeft(restored, failure)))
  return restored
})

/** Nothing of the issue depends on it. */
const tellLeft = ({ id }: Receipt, { message }: GitError | LockBusy | RecordUnreadable | HomeUnusable) =>
  Effect.logWarning(`what is left of ${id} in the trash could not be removed yet: ${message}`)

/** Milliseconds. Younger directories are just being made. */
const leftOverAfter = 60_000

/** Directories that never got a receipt, or have none any more. */
const removeLeftOvers = Effect.fnUntraced(function* (home: KugetsuPaths) {
  const { ids, read } = receiptFiles(home)
  for (const id of yield* ids) {
    const isEmpty = Effect.map(read(id), Option.isNone)
    if (!(yield* Effect.catchTag(isEmpty, "RecordUnreadable", () => Effect.succeed(false)))) continue
    const { dir } = home.trashed(id)
    const age = yield* ageOfMs(dir)
    if (Option.isSome(age) && age.value > leftOverAfter) yield* removeDirectory(dir)
  }
})
