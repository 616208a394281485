import type { Outcome } from "./Outcome.ts"
import type { PullRequest } from "./PullRequest.ts"
import type { PullRequestDue } from "./RunPullRequest.ts"

/** What is known of a run's pull request when the run has come to its outcome. */
export interface PullRequestFacts {
  readonly outcome: Outcome
  readonly branch: string
  /** The branch it would be merged into. */
  readonly base: string
  /** The issue is a pull request itself. */
  readonly isPullRequest: boolean
  /** OPEN_PULL_REQUEST */
  readonly mayOpen: boolean
  /** Commits made during the run. */
  readonly commits: number
  /** The branch has commits that are not the base's; those of earlier runs count too. */
  readonly ahead: boolean
  /** null: the remote could not be asked. */
  readonly pushed: boolean | null
  readonly found: PullRequest | null
  /** The forge could not be asked, so that `found` is no answer. */
  readonly unknown: boolean
}

/** What is left to do about it; null: nothing. */
export const pullRequestDue = (facts: PullRequestFacts): PullRequestDue | null => {
  const { base, branch, commits, found, unknown } = facts
  if (facts.pushed === false || branch === base || (commits === 0 && !facts.ahead)) return null
  const open = facts.mayOpen && !facts.isPullRequest ? openAfter(facts.outcome) : "never"
  if (unknown) return { open, branch, base }
  return open !== "never" && wantsAnother(found, commits) ? { open, branch, base } : null
}

/** Work may go on after a merge (what was merged is compared when another is to be opened), and somebody who closed it without one had a reason. */
export const wantsAnother = (found: PullRequest | null, commits: number): boolean =>
  found === null || (found.state === "merged" && commits > 0)

const openAfter = (outcome: Outcome): PullRequestDue["open"] => {
  switch (outcome) {
    case "pr_opened":
    case "pr_updated":
    case "committed":
    case "no_change":
      return "ready"
    case "needs_input":
    case "failed":
    case "timed_out":
    case "idle_timed_out":
      return "draft"
    // the work goes on later, or a person wanted it to end
    case "stopped":
    case "lost":
    case "quota_wait":
      return "never"
  }
}
