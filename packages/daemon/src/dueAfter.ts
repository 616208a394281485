import type { Outcome } from "@kugetsu/core/domain/Outcome"
import { pullRequestDue } from "@kugetsu/core/domain/pullRequestDue"
import type { WorkEvidence } from "@kugetsu/core/domain/Run"
import { Settings } from "@kugetsu/core/Settings"
import { Git } from "@kugetsu/core/system/Git"
import { isPullRequest } from "@kugetsu/core/worktrees/IssueBranch"
import type { IssueWorktree } from "@kugetsu/core/Worktrees"
import { Effect } from "effect"
import { hasForge, type IssueWorkplace } from "./Workplace.ts"

/** What is left to do about the pull request of a run, by the configuration of this moment; null: nothing. */
export const dueAfter = Effect.fn("dueAfter")(function* (
  outcome: Outcome,
  work: WorkEvidence | null,
  issue: IssueWorkplace | null,
) {
  if (work === null || issue === null || !hasForge(issue.worktree)) return null
  return yield* judge(outcome, work, issue).pipe(
    Effect.catch((failure) =>
      Effect.as(Effect.logWarning(`nothing is done about the pull request: ${failure.message}`), null),
    ),
  )
})

const judge = Effect.fnUntraced(function* (outcome: Outcome, work: WorkEvidence, { ref, worktree }: IssueWorkplace) {
  return pullRequestDue({
    outcome,
    branch: worktree.branch,
    base: worktree.base,
    isPullRequest: isPullRequest(ref),
    mayOpen: (yield* (yield* Settings).load).openPullRequest,
    commits: work.commits.length,
    ahead: work.commits.length > 0 || (work.pushed !== false && (yield* isAhead(worktree))),
    pushed: work.pushed,
    found: work.pull_request,
    unknown: work.pull_request_unknown !== null,
  })
})

/** Whether the issue's branch has commits that are not the base's, as far as the clone knows the base. */
const isAhead = Effect.fnUntraced(function* ({ base, branch, clone }: IssueWorktree) {
  const git = yield* Git
  const [own, theirs] = [`refs/heads/${branch}`, `refs/remotes/origin/${base}`]
  const refs = yield* git.refs(clone, [own, theirs])
  const [head, baseHead] = [refs.get(own), refs.get(theirs)]
  return head !== undefined && baseHead !== undefined && !(yield* git.isAncestor(clone, head, baseHead))
})
