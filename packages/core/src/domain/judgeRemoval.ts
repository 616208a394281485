import type { Fact, RefusalReason, RemovalFacts, Verdict } from "./Removal.ts"

/**
 * Whether a worktree may go. Everything must speak for it, and what could not be learnt speaks against it. `force` skips
 * all but a living agent, and that the worktree is another issue's, too.
 */
export const judgeRemoval = (facts: RemovalFacts, options: { readonly force: boolean }): Verdict => {
  const against = [...obstaclesIn(facts), ...commitsAgainst(facts.commits), ...pullRequestAgainst(facts)]
  if (against.length === 0) return { _tag: "Removable", evidence: evidenceOf(facts), saved: true }
  const final = options.force ? against.filter(({ reason }) => isFinal(reason)) : against
  if (final.length > 0) return { _tag: "Refused", reasons: once(final) }
  const saved = against.every(({ reason }) => saysNothingOfContents.has(reason))
  return { _tag: "Removable", evidence: once(against).map(({ detail }) => detail), saved }
}

/** One thing that hides several facts is said once. */
const once = (reasons: ReadonlyArray<RefusalReason>): ReadonlyArray<RefusalReason> => {
  const seen = new Set<string>()
  return reasons.filter(({ detail }) => !seen.has(detail) && seen.add(detail))
}

const isFinal = (reason: RefusalReason["reason"]): boolean =>
  reason === "agent_running" || reason === "agent_unknown" || reason === "worktree_of_another"

/** Reasons that stand in the way although all that is in the worktree may be elsewhere, too. */
const saysNothingOfContents: ReadonlySet<RefusalReason["reason"]> = new Set([
  "others_unknown",
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
  others: {
    reason: "worktree_of_another",
    remedy: "Correct worktree_path in the session's file that is wrong: kugetsu list shows both.",
    none: "it is no other issue's worktree",
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
    remedy:
      "Let git see them with git update-index --no-assume-unchanged --no-skip-worktree, then commit or discard them.",
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
      return [
        { reason: "head_unborn", detail, remedy: "Switch to a branch with a commit, after saving what is in it." },
      ]
  }
}

const pullRequestAgainst = ({ commits, pullRequest }: RemovalFacts): ReadonlyArray<RefusalReason> => {
  const where = commits._tag === "Known" ? commits.value.where : null
  // what has no commit of its own has no pull request to wait for
  if (where === "base" || where === "unborn") return []
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
      return where === "merged"
        ? []
        : [
            {
              reason: "no_pull_request",
              detail: `${detail}, and the base does not have its commits`,
              remedy: notMerged,
            },
          ]
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
