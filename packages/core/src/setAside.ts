import { Effect, Option } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import { judgeRemoval } from "./domain/judgeRemoval.ts"
import { IssueBusy } from "./Launcher.ts"
import { gatherFacts } from "./removal/gatherFacts.ts"
import { subjectOf } from "./removal/subjectOf.ts"
import { Sessions } from "./Sessions.ts"
import { Trash } from "./Trash.ts"

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
  if (verdict._tag === "Refused") return yield* new IssueBusy({ issue: ref.toString(), run: session.run })
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
