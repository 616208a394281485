import { DETACHED } from "@kugetsu/core/domain/Conclusion"
import type { WorkEvidence } from "@kugetsu/core/domain/Run"
import { type IssueWorktree, Worktrees } from "@kugetsu/core/Worktrees"
import { Effect } from "effect"
import { askForPullRequest, type IssueWorkplace } from "./Workplace.ts"

/** For the remote to tell what it has. */
const PUSHED_LIMIT_MS = 30_000

/** What git and the forge say of an issue's work after a turn, beside what they said before it. */
export const workEvidence = Effect.fn("workEvidence")(function* ({ before, ref, worktree }: IssueWorkplace) {
  const worktrees = yield* Worktrees
  const after = yield* worktrees.inspect(worktree.path)
  const { branchHead, commits } = yield* worktrees.workSince(worktree, before.head, after.head)
  const heads = new Set([after.head, ...(branchHead === null ? [] : [branchHead])])
  const pushed = yield* allPushed(worktree, [...heads])
  const { pullRequest, unknown } =
    pushed === false && commits.length === 0
      ? before.pullRequest
      : yield* askForPullRequest(ref, worktree, before.recordedUrl)
  return {
    commits,
    pushed,
    dirty: after.dirty,
    dirty_changed: after.status !== before.status,
    pull_request: pullRequest,
    pull_request_unknown: unknown,
    pull_request_before:
      pullRequest === null ? unknown !== null && mayBeThere(before) : wasThere(pullRequest.url, before),
    off_branch: after.branch === worktree.branch ? null : (after.branch ?? DETACHED),
  } satisfies WorkEvidence
})

/** Where the forge could not be asked before the turn, nothing may be called new. */
const wasThere = (url: string, { pullRequest, recordedUrl }: IssueWorkplace["before"]): boolean =>
  pullRequest.unknown !== null || pullRequest.pullRequest?.url === url || recordedUrl === url

/** As far as was known before the turn. */
const mayBeThere = ({ pullRequest, recordedUrl }: IssueWorkplace["before"]): boolean =>
  pullRequest.unknown !== null || pullRequest.pullRequest !== null || recordedUrl !== null

/** null: the remote could not be asked. */
const allPushed = Effect.fn("workEvidence.allPushed")(function* (
  worktree: IssueWorktree,
  heads: ReadonlyArray<string>,
) {
  const worktrees = yield* Worktrees
  return yield* Effect.forEach(heads, (head) => worktrees.isPushed(worktree, head)).pipe(
    Effect.map((answers) => answers.every((pushed) => pushed)),
    Effect.timeout(PUSHED_LIMIT_MS),
    Effect.catch((failure) => Effect.as(Effect.logWarning(failure.message), null)),
  )
})
