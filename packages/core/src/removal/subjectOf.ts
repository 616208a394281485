import { Effect, Option } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import type { TrackedSession } from "../domain/Session.ts"
import { findNewestRun } from "../issueRuns.ts"
import { recordedNumber } from "../recordedNumber.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { placeOf } from "../worktrees/placeOf.ts"
import type { RemovalSubject } from "./RemovalSite.ts"

/** What an issue's record says of the worktree that is to go. */
export const subjectOf = Effect.fn("removal.subjectOf")(function* (ref: IssueRef, { name, session }: TrackedSession) {
  const newest = Option.getOrNull(yield* findNewestRun(ref))?.request.run ?? null
  return {
    ref,
    worktree: yield* placeOf(yield* KugetsuHome, name, session.worktree_path),
    handedOut: session.worktree_path !== null,
    branch: session.branch_name,
    pullRequest: yield* recordedNumber(ref, session.pr_url),
    runs: [...new Set([session.run, newest])].filter((run) => run !== null),
  } satisfies RemovalSubject
})
