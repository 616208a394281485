import { Context, Effect, Layer } from "effect"
import type { ConfigInvalid } from "./domain/Config.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { GitAccess } from "./GitAccess.ts"
import { PullRequests } from "./PullRequests.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"
import { Settings } from "./Settings.ts"
import type { HomeUnusable } from "./system/Files.ts"
import { Git } from "./system/Git.ts"
import type { GitError } from "./system/GitCommand.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import type { LockBusy } from "./system/Lock.ts"
import type { RemoteUnreachable } from "./system/RemoteUnreachable.ts"
import { adoptTree, surveyTree, type TreeOfUnknownCommit, type TreePlace } from "./worktrees/adoptTree.ts"
import { baseBranchOf, type BaseBranchMissing, type EmptyRemote } from "./worktrees/BaseBranch.ts"
import { fetchSubmodules } from "./worktrees/fetchSubmodules.ts"
import { type HeadUnborn, inspectTree, type WorktreeFacts } from "./worktrees/inspectTree.ts"
import {
  chooseBranch,
  type Circumstances,
  isShared,
  type PullRequestHeadUnknown,
  refsToAsk,
  startAgain,
} from "./worktrees/IssueBranch.ts"
import { keepIndependent, keepWorktree } from "./worktrees/keepWorktree.ts"
import { type BranchTaken, makeWorktree } from "./worktrees/makeWorktree.ts"
import type { BaseBranchCheckedOut, OtherRepository } from "./worktrees/requireOwnTree.ts"
import { placeOf } from "./worktrees/placeOf.ts"
import { remoteAt } from "./worktrees/remoteAt.ts"
import { type CloneUrlChanged, fetchAside, findClone, lockClone, syncClone } from "./worktrees/SharedClone.ts"
import type { WorktreeInTheWay } from "./worktrees/WorktreePlace.ts"

export type { WorktreeFacts } from "./worktrees/inspectTree.ts"

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
  /** What went otherwise than wished, and does not stop the work. */
  readonly warnings: ReadonlyArray<string>
}

/** What is known of an issue's worktree before it is looked at. */
export interface KnownWorktree {
  readonly path: string | null
  readonly branch: string | null
  readonly fresh?: boolean
  readonly seen?: ReadonlyArray<string>
}

/** What reading records and configuration can fail with. */
type LookupError = ConfigInvalid | RecordUnreadable | HomeUnusable

export type EnsureError =
  | LookupError
  | GitError
  | RemoteUnreachable
  | LockBusy
  | EmptyRemote
  | BaseBranchMissing
  | CloneUrlChanged
  | PullRequestHeadUnknown
  | WorktreeInTheWay
  | OtherRepository
  | BaseBranchCheckedOut
  | BranchTaken
  | TreeOfUnknownCommit
  | HeadUnborn

export class Worktrees extends Context.Service<
  Worktrees,
  {
    /**
     * Makes sure the issue has its worktree on its branch, and keeps whatever is in it. Asks the remote first, and
     * fetches. Idempotent, also after a kill at any moment. The caller holds the issue's lock. `known`: what the record
     * of the session says of the worktree it was given; `fresh`: what is to be made starts at the base; `seen`: commits
     * that the worktree was seen on, the newest first.
     */
    readonly ensure: (ref: IssueRef, known: KnownWorktree) => Effect.Effect<IssueWorktree, EnsureError>
    readonly inspect: (worktree: string) => Effect.Effect<WorktreeFacts, GitError | HeadUnborn>
    /**
     * What was made since the branch stood on `since`: commits of the issue's branch, and of what is checked out, that
     * are not the base's. `branchHead` is null when the branch is gone.
     */
    readonly workSince: (
      worktree: IssueWorktree,
      since: string,
      head: string,
    ) => Effect.Effect<
      {
        readonly branchHead: string | null
        readonly commits: ReadonlyArray<{ readonly sha: string; readonly subject: string }>
      },
      GitError
    >
    /** Whether the remote's branch holds `head`, asked of the remote now. */
    readonly isPushed: (
      worktree: IssueWorktree,
      head: string,
    ) => Effect.Effect<boolean, LookupError | GitError | RemoteUnreachable | CloneUrlChanged | LockBusy>
  }
>()("@kugetsu/core/Worktrees") {
  static readonly layer = Layer.effect(
    Worktrees,
    Effect.gen(function* () {
      const git = yield* Git
      const home = yield* KugetsuHome
      const servers = yield* Servers
      const settings = yield* Settings
      const sessions = yield* Sessions
      const services = yield* Effect.context<Git | GitAccess | PullRequests>()

      const ensure = Effect.fn("Worktrees.ensure")(function* (
        ref: IssueRef,
        known: KnownWorktree,
      ): Effect.fn.Return<IssueWorktree, EnsureError, Git | GitAccess | PullRequests> {
        const remote = yield* remoteAt(yield* servers.cloneUrl(ref))
        const told = yield* git.listRemote(remote, refsToAsk(ref))
        const base = yield* baseBranchOf(remote.url, told, (yield* settings.load).baseBranch)
        const worktree = yield* placeOf(home, yield* sessions.nameOf(ref), known.path)
        const shared = yield* findClone(home, ref.repositoryKey)
        const lock = lockClone(home, shared)
        const clone = yield* Effect.scoped(Effect.andThen(lock, syncClone(shared, remote, told)))

        const place = yield* surveyTree(worktree, clone.path, known.path !== null)
        // the first kugetsu noted whatever was checked out
        const recorded = known.branch !== null && isShared({ base, told }, known.branch) ? null : known.branch
        const circumstances = {
          ref,
          recorded,
          fresh: known.fresh ?? false,
          seen: known.seen ?? [],
          base,
          remote,
          told,
          clone,
          lock,
        }
        const { branch, head, ...finished } = yield* settle(worktree, place, circumstances)
        const warnings = yield* fetchSubmodules(worktree, finished.submodules, remote)
        return {
          path: worktree,
          branch,
          base,
          cloneUrl: remote.url,
          clone: finished.clone,
          head,
          warnings: [...clone.warnings, ...finished.warnings, ...warnings],
        }
      }, Effect.provide(services))

      const settle = (worktree: string, place: TreePlace, circumstances: Circumstances) => {
        switch (place._tag) {
          case "AdminMissing":
            return Effect.flatMap(startAgain(circumstances), (start) => adoptTree(worktree, start, circumstances))
          case "Independent":
            return keepIndependent(worktree, circumstances)
          case "Ready":
          case "TreeMissing":
            return keepWorktree(worktree, place, circumstances)
          case "Free":
          case "Unfinished":
            return Effect.flatMap(chooseBranch(circumstances), (start) =>
              makeWorktree(worktree, place, start, circumstances),
            )
        }
      }

      const isPushed = Effect.fn("Worktrees.isPushed")(function* (worktree: IssueWorktree, head: string) {
        const remote = yield* remoteAt(worktree.cloneUrl)
        const told = yield* git.listRemote(remote, [`refs/heads/${worktree.branch}`])
        const there = told.heads.get(worktree.branch)
        if (there === undefined || there === head) return there === head
        const lock = lockClone(home, worktree.clone)
        const ours = worktree.clone.startsWith(`${home.repositories}/`)
        const fetched = fetchAside(worktree.clone, remote, worktree.branch, ours)
        const now = yield* Effect.scoped(Effect.andThen(lock, fetched))
        return now !== null && (yield* git.isAncestor(worktree.clone, head, now))
      }, Effect.provide(services))

      const workSince = Effect.fn("Worktrees.workSince")(function* (
        worktree: IssueWorktree,
        since: string,
        head: string,
      ) {
        const [own, base] = [`refs/heads/${worktree.branch}`, `refs/remotes/origin/${worktree.base}`]
        const refs = yield* git.refs(worktree.clone, [own, base])
        const branchHead = refs.get(own) ?? null
        const heads = new Set([head, ...(branchHead === null ? [] : [branchHead])])
        const commits = yield* git.log(worktree.path, [...heads], [since, ...(refs.has(base) ? [refs.get(base)!] : [])])
        return { branchHead, commits }
      })

      return {
        ensure,
        inspect: (worktree) => Effect.provide(inspectTree(worktree), services),
        workSince,
        isPushed,
      }
    }),
  )
}
