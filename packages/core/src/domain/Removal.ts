import type { PullRequest, PullRequestState } from "./PullRequest.ts"

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
  readonly found?: PullRequest
}

export interface RemovalFacts {
  /** Processes of the runs, and of any run inside. */
  readonly agent: Obstacles
  /** Sessions of other issues that have the same worktree. */
  readonly others: Obstacles
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
    | "worktree_of_another"
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
