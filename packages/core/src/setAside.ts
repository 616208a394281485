import { Effect, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { judgeRemoval } from "./domain/judgeRemoval.ts"
import { IssueBusy } from "./Launcher.ts"
import { gatherFacts } from "./removal/gatherFacts.ts"
import { subjectOf } from "./removal/subjectOf.ts"
import { Sessions } from "./Sessions.ts"
import { Trash } from "./Trash.ts"

/** The worktree is another issue's, too. */
export class WorktreeOfAnother extends Schema.TaggedError<WorktreeOfAnother>()("WorktreeOfAnother", {
  worktree: Schema.String,
  detail: Schema.String,
  way: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.worktree} stays: ${this.detail}`
  }
  get remedy() {
    return this.way
  }
}

/**
 * Takes all that an issue has to the trash, saved or not, so that it begins anew. The caller holds the issue. None: it
 * has nothing yet.
 */
export const setAside = Effect.fn("setAside")(function* (ref: IssueRef) {
  const tracked = Option.getOrNull(yield* (yield* Sessions).find(ref))
  if (tracked === null) return Option.none()
  const { name, session } = tracked
  const subject = yield* subjectOf(ref, tracked)
  const verdict = judgeRemoval(yield* gatherFacts(subject), { force: true })
  if (verdict._tag === "Refused") {
    const other = verdict.reasons.find(({ reason }) => reason === "worktree_of_another")
    return yield* other === undefined
      ? new IssueBusy({ issue: ref.toString(), run: session.run })
      : new WorktreeOfAnother({ worktree: subject.worktree, detail: other.detail, way: other.remedy })
  }
  const receipt = yield* (yield* Trash).discard({
    ref,
    name,
    worktree: subject.worktree,
    branch: session.branch_name,
    because: "fresh",
    forced: true,
    evidence: verdict.evidence,
    saved: verdict.saved,
  })
  return Option.some(receipt)
})
