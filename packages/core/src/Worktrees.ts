import { Context, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { Failure } from "./domain/Failure.ts"

/** Where an agent works. */
export interface IssueWorktree {
  /** Absolute. */
  readonly path: string
  readonly branch: string
  /** The remote's default branch, or KUGETSU_BASE_BRANCH. */
  readonly base: string
  readonly cloneUrl: string
  /** The shared bare clone. */
  readonly clone: string
  /** The commit it stands on now. */
  readonly head: string
}

/** What git says of a worktree now. null: could not be learnt. */
export interface WorktreeFacts {
  readonly branch: string | null
  readonly head: string
  /** A digest of the uncommitted state; equal digests, equal state. */
  readonly status: string
  readonly dirty: boolean
}

export class Worktrees extends Context.Service<
  Worktrees,
  {
    /**
     * Makes sure the issue has its worktree on its branch, and keeps whatever is in it. Fetches first. Idempotent, also
     * after a kill at any moment.
     */
    readonly ensure: (
      ref: IssueRef,
      known: { readonly path: string | null; readonly branch: string | null },
    ) => Effect.Effect<IssueWorktree, Failure>
    readonly inspect: (worktree: string) => Effect.Effect<WorktreeFacts, Failure>
    /** Commits reachable from `head` and not from `since`, oldest first. */
    readonly commitsSince: (
      worktree: string,
      since: string,
      head: string,
    ) => Effect.Effect<ReadonlyArray<{ readonly sha: string; readonly subject: string }>, Failure>
    /** Whether the remote's branch holds `head`, asked of the remote now. */
    readonly isPushed: (worktree: IssueWorktree, head: string) => Effect.Effect<boolean, Failure>
  }
>()("@kugetsu/core/Worktrees") {}
