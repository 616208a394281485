import { Effect, Option, Result } from "effect"
import { type IssueRef, parseReference, pullRequestNumber } from "../domain/IssueRef.ts"
import type { TrackedSession } from "../domain/Session.ts"
import { findNewestRun } from "../issueRuns.ts"
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
    pullRequest: pullRequestNumber(ref) ?? numberIn(session.pr_url, ref),
    runs: [...new Set([session.run, newest])].filter((run) => run !== null),
  } satisfies RemovalSubject
})

/** null: none is recorded, or one of another repository, which the issue's forge cannot be asked for. */
const numberIn = (url: string | null, ref: IssueRef): number | null => {
  if (url === null) return null
  const parsed = parseReference(url, { defaultInstance: ref.instance })
  if (Result.isFailure(parsed)) return null
  const { issue } = parsed.success
  return issue.repositoryKey.toLowerCase() === ref.repositoryKey.toLowerCase() ? pullRequestNumber(issue) : null
}
