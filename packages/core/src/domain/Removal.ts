import type { PullRequestState } from "./PullRequest.ts"

/** What must be known of a worktree before it may go: learnt, or why not. */
export type Fact<A> =
  | {
      readonly _tag: "Known"
      readonly value: A
      /** What else there is to say of it. */
      readonly note?: string
    }
  | { readonly _tag: "Unknown"; readonly why: string; readonly remedy: string }

export const known = <A>(value: A, note?: string): Fact<A> => ({
  _tag: "Known",
  value,
  ...(note === undefined ? {} : { note }),
})
export const unknown = (why: string, remedy: string): Fact<never> => ({ _tag: "Unknown", why, remedy })

/** Things that stand in the way, each in words for people; none: nothing does. */
export type Obstacles = Fact<ReadonlyArray<string>>

/** Where the commits of the branch and of HEAD are. `detail` is the evidence. */
export interface CommitsAt {
  readonly where: "base" | "remote" | "merged" | "here" | "unborn"
  readonly detail: string
}

/** What the forge says of the branch. `no_forge`: its remote has none; `not_asked`: configured so, or not needed. */
export interface PullRequestAt {
  readonly state: PullRequestState | "none" | "no_forge" | "not_asked" | "not_needed"
  readonly detail: string
}

export interface RemovalFacts {
  /** Processes of the runs. */
  readonly agent: Obstacles
  /** Processes of this user that work in the directory. */
  readonly processes: Obstacles
  readonly changes: Obstacles
  /** Changed files that git was told not to look at. */
  readonly hidden: Obstacles
  /** Merge, rebase and the like. */
  readonly unfinished: Obstacles
  readonly locked: Obstacles
  readonly submodules: Obstacles
  readonly stashes: Obstacles
  readonly commits: Fact<CommitsAt>
  readonly pullRequest: Fact<PullRequestAt>
}

export interface RefusalReason {
  readonly reason:
    | "agent_running"
    | "process_inside"
    | "uncommitted_changes"
    | "hidden_changes"
    | "operation_in_progress"
    | "worktree_locked"
    | "submodule_unsaved"
    | "stash"
    | "unsaved_commits"
    | "head_unborn"
    | "pull_request_open"
    | "no_pull_request"
    | `${keyof RemovalFacts}_unknown`
  readonly detail: string
  readonly remedy: string
}

export type Verdict =
  | {
      readonly _tag: "Removable"
      /** Why, in sentences; for one that was forced, what spoke against it. */
      readonly evidence: ReadonlyArray<string>
      /** Nothing in it is only here. */
      readonly saved: boolean
    }
  | { readonly _tag: "Refused"; readonly reasons: ReadonlyArray<RefusalReason> }

/**
 * Whether a worktree may go. Everything must speak for it, and what could not be learnt speaks against it. `force` skips
 * all but a living agent.
 */
export const judgeRemoval = (facts: RemovalFacts, options: { readonly force: boolean }): Verdict => {
  const against = [...obstaclesIn(facts), ...commitsAgainst(facts.commits), ...pullRequestAgainst(facts)]
  if (against.length === 0) return { _tag: "Removable", evidence: evidenceOf(facts), saved: true }
  const final = options.force ? against.filter(({ reason }) => isOfAgent(reason)) : against
  if (final.length > 0) return { _tag: "Refused", reasons: final }
  const saved = against.every(({ reason }) => saysNothingOfContents.has(reason))
  return { _tag: "Removable", evidence: against.map(({ detail }) => detail), saved }
}

const isOfAgent = (reason: RefusalReason["reason"]): boolean => reason === "agent_running" || reason === "agent_unknown"

/** Reasons that stand in the way although all that is in the worktree may be elsewhere, too. */
const saysNothingOfContents: ReadonlySet<RefusalReason["reason"]> = new Set([
  "process_inside",
  "processes_unknown",
  "worktree_locked",
  "locked_unknown",
  "pull_request_open",
  "no_pull_request",
  "pullRequest_unknown",
])

type ObstacleFact = Exclude<keyof RemovalFacts, "commits" | "pullRequest">

const obstacles: Readonly<
  Record<ObstacleFact, { readonly reason: RefusalReason["reason"]; readonly remedy: string; readonly none: string }>
> = {
  agent: {
    reason: "agent_running",
    remedy: "Wait for its end, or end it with kugetsu stop.",
    none: "no agent is running",
  },
  processes: {
    reason: "process_inside",
    remedy: "Leave the directory, or end what works in it.",
    none: "no process works in it",
  },
  changes: {
    reason: "uncommitted_changes",
    remedy: "Commit and push what is worth keeping, and discard the rest.",
    none: "nothing is uncommitted",
  },
  hidden: {
    reason: "hidden_changes",
    remedy: "Let git see them with git update-index --no-assume-unchanged --no-skip-worktree, then commit or discard them.",
    none: "no changed file is hidden from git",
  },
  unfinished: {
    reason: "operation_in_progress",
    remedy: "Bring it to its end, or abort it.",
    none: "no merge, rebase or bisect is under way",
  },
  locked: {
    reason: "worktree_locked",
    remedy: "Whoever locked it had a reason; git worktree unlock takes the lock away.",
    none: "it is not locked",
  },
  submodules: {
    reason: "submodule_unsaved",
    remedy: "Commit and push inside the submodule, or discard what is in it.",
    none: "no submodule has anything of its own",
  },
  stashes: {
    reason: "stash",
    remedy: "Apply or drop them: git stash list shows them.",
    none: "it has no stash",
  },
}

const obstaclesIn = (facts: RemovalFacts): ReadonlyArray<RefusalReason> =>
  (Object.keys(obstacles) as ReadonlyArray<ObstacleFact>).flatMap((name) => {
    const fact = facts[name]
    if (fact._tag === "Unknown") return [notLearnt(name, fact)]
    const { reason, remedy } = obstacles[name]
    return fact.value.length === 0 ? [] : [{ reason, detail: listed(fact.value), remedy }]
  })

const notLearnt = (
  name: keyof RemovalFacts,
  { remedy, why }: Extract<Fact<unknown>, { readonly _tag: "Unknown" }>,
): RefusalReason => ({ reason: `${name}_unknown`, detail: why, remedy })

/** More would hide the rest of the answer. */
const shown = 10

const listed = (things: ReadonlyArray<string>): string =>
  [...things.slice(0, shown), ...(things.length > shown ? [`and ${things.length - shown} more`] : [])].join(", ")

const commitsAgainst = (commits: RemovalFacts["commits"]): ReadonlyArray<RefusalReason> => {
  if (commits._tag === "Unknown") return [notLearnt("commits", commits)]
  const { detail, where } = commits.value
  switch (where) {
    case "base":
    case "remote":
    case "merged":
      return []
    case "here":
      return [{ reason: "unsaved_commits", detail, remedy: "Push them." }]
    case "unborn":
      return [{ reason: "head_unborn", detail, remedy: "Switch to a branch with a commit, after saving what is in it." }]
  }
}

const pullRequestAgainst = ({ commits, pullRequest }: RemovalFacts): ReadonlyArray<RefusalReason> => {
  const where = commits._tag === "Known" ? commits.value.where : null
  // what has no commit of its own has no pull request to wait for
  if (where === "base") return []
  if (pullRequest._tag === "Unknown") return [notLearnt("pullRequest", pullRequest)]
  const { detail, state } = pullRequest.value
  switch (state) {
    case "merged":
    case "closed":
    case "not_asked":
      return []
    case "open":
    case "draft":
      return [{ reason: "pull_request_open", detail, remedy: "Merge or close it first." }]
    case "no_forge":
      // nobody can say that it was merged but the base itself
      return where === "merged" ? [] : [{ reason: "no_pull_request", detail, remedy: notMerged }]
    case "none":
    case "not_needed":
      return [{ reason: "no_pull_request", detail, remedy: notMerged }]
  }
}

const notMerged =
  "Open a pull request and let it be merged or closed; with WORKTREE_CHECK_PR_STATUS=false it is enough that the commits are on the remote."

const evidenceOf = (facts: RemovalFacts): ReadonlyArray<string> => [
  ...(Object.keys(obstacles) as ReadonlyArray<ObstacleFact>).flatMap((name) => {
    const fact = facts[name]
    return [obstacles[name].none, ...(fact._tag === "Known" && fact.note !== undefined ? [fact.note] : [])]
  }),
  ...[facts.commits, facts.pullRequest].flatMap((fact) => (fact._tag === "Known" ? [fact.value.detail] : [])),
]
