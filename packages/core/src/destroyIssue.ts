import { Effect, Option } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import { judgeRemoval } from "./domain/judgeRemoval.ts"
import { type DiscardReason, isOfIssue, type Receipt } from "./domain/Receipt.ts"
import type { RefusalReason, Verdict } from "./domain/Removal.ts"
import { Launcher } from "./Launcher.ts"
import { gatherFacts } from "./removal/gatherFacts.ts"
import type { RemovalSubject } from "./removal/RemovalSite.ts"
import { subjectOf } from "./removal/subjectOf.ts"
import { requireTracked } from "./requireTracked.ts"
import { Sessions } from "./Sessions.ts"
import { Trash } from "./Trash.ts"

export type Allowed = Extract<Verdict, { readonly _tag: "Removable" }>

/** What came of a removal. */
export type Removal =
  | { readonly _tag: "Removed"; readonly receipt: Receipt }
  | { readonly _tag: "Refused"; readonly reasons: ReadonlyArray<RefusalReason> }

export interface DestroyOptions<E, R> {
  /** Skips the verdict, but neither a living agent nor the rescue. */
  readonly force: boolean
  readonly because: Extract<DiscardReason, "destroy" | "cleanup">
  /** The last moment to say no: by failing. Nothing has changed by then, and nobody else can change it meanwhile. */
  readonly confirm: (allowed: Allowed, subject: RemovalSubject) => Effect.Effect<void, E, R>
}

/**
 * Takes an issue's worktree, session and database to the trash, when nothing of it would be lost sight of. The issue is
 * held from the first fact to the end of the move, and every fact is learnt again right before it.
 */
export const destroyIssue = Effect.fn("destroyIssue")(function* <E, R>(ref: IssueRef, options: DestroyOptions<E, R>) {
  if (!(yield* isGoing(ref))) yield* requireTracked(ref)
  const settled = yield* (yield* Launcher).hold(ref)
  const gone = settled.find(({ state }) => state === "done")
  // an earlier one was cut off, and has come to its end now
  if (gone !== undefined && Option.isNone(yield* (yield* Sessions).find(ref))) return yield* removed(gone)
  const { name, session } = yield* requireTracked(ref)
  const subject = yield* subjectOf(ref, { name, session })
  const judge = Effect.map(gatherFacts(subject), (facts) => judgeRemoval(facts, options))

  const first = yield* judge
  if (first._tag === "Refused") return first
  yield* options.confirm(first, subject)
  const verdict = yield* judge
  if (verdict._tag === "Refused") return verdict
  const receipt = yield* (yield* Trash).discard({
    ref,
    name,
    worktree: subject.worktree,
    branch: session.branch_name,
    because: options.because,
    forced: options.force,
    evidence: verdict.evidence,
    saved: verdict.saved,
  })
  return yield* removed(receipt)
}, Effect.scoped)

/** A removal of it was cut off, at a time when its record may have gone. */
const isGoing = (ref: IssueRef) =>
  Trash.use((trash) =>
    Effect.map(trash.survey, ({ receipts }) =>
      receipts.some((receipt) => receipt.state !== "done" && isOfIssue(receipt, ref)),
    ),
  )

const removed = Effect.fnUntraced(function* (receipt: Receipt) {
  yield* (yield* Sessions).survey // mends the index
  return { _tag: "Removed", receipt } satisfies Removal
})
