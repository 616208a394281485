import { DateTime, Effect, Random } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import { type DiscardReason, newTrashId, type Receipt } from "../domain/Receipt.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { removeHarmful } from "../system/CloneConfig.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { Git } from "../system/Git.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { collectRescue } from "./collectRescue.ts"
import { isOf, settleMoves, takeBack } from "./finishMoves.ts"
import { planMoves } from "./planMoves.ts"
import { receiptFiles } from "./ReceiptFiles.ts"
import { rescue } from "./rescue.ts"
import { requireFileName, surveyDiscard } from "./surveyDiscard.ts"
import { lockName } from "./TrashLocks.ts"
import { intoTrash } from "./TrashSteps.ts"

/** What goes. The caller holds the issue's lock (base's, the PM's) from the first fact to the end of the move. */
export interface Discard {
  /** null: base, PM, or something without a record that tells its issue. */
  readonly ref: IssueRef | null
  /** The name in sessions/, worktrees/, agents/ and context/; what is there goes. */
  readonly name: string
  /** Absolute; null: there is none. */
  readonly worktree: string | null
  /** The record's branch. */
  readonly branch: string | null
  readonly because: DiscardReason
  readonly forced: boolean
  /** Why it was allowed. */
  readonly evidence: ReadonlyArray<string>
  /** Nothing in it was unsaved: after a time it may be removed for good. */
  readonly saved: boolean
}

/** Everything is written down first, then made safe, then moved; what fails is taken back. */
export const discard = Effect.fn("Trash.discard")(function* (what: Discard) {
  const home = yield* KugetsuHome
  const git = yield* Git
  yield* requireFileName(what.name)
  const issue_ref = what.ref?.toString() ?? null
  yield* lockName(home, { issue_ref, name: what.name })
  const settled = yield* settleMoves(isOf(what.ref, what.name))

  const place = yield* surveyDiscard(home, what)
  if (place.clone !== null && place.ours) {
    yield* removeHarmful(place.clone, yield* git.config({ repository: place.admin ?? place.clone }))
  }
  const now = yield* DateTime.now
  const id = newTrashId(DateTime.toDate(now), yield* Random.next)
  const moves = yield* planMoves(home, id, what, place)
  // an earlier one was cut off, and has come to its end now
  const gone = settled.find(({ state }) => state === "done")
  if (moves.length === 0 && gone !== undefined) return gone
  const found = yield* collectRescue(id, place, what.branch)
  const announced: Receipt = {
    version: 1,
    id,
    state: "moving",
    home: home.root,
    issue_ref,
    name: what.name,
    because: what.because,
    forced: what.forced,
    evidence: what.evidence,
    saved: what.saved,
    discarded_at: timestamp(now),
    moves,
    ...found,
    bundle: null,
    reflog: null,
    restore: `kugetsu restore ${id}`,
    missing: [],
  }
  const files = receiptFiles(home)
  return yield* Effect.gen(function* () {
    yield* files.write(announced)
    yield* crashPoint("trash.announced")
    const rescued = yield* files.write(yield* rescue(home, announced))
    return yield* Effect.uninterruptible(
      Effect.flatMap(intoTrash(home, rescued), (moved) => files.write({ ...moved, state: "done" })),
    )
  }).pipe(Effect.onError(() => Effect.ignore(takeBack(home, id), { log: "Error" })))
}, Effect.scoped)
