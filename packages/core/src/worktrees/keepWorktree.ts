import { Effect, Option } from "effect"
import { branchOf } from "../domain/IssueRef.ts"
import type { PullRequest } from "../domain/PullRequest.ts"
import type { PullRequests } from "../PullRequests.ts"
import { removeHarmful } from "../system/CloneConfig.ts"
import { type HomeUnusable, listDirectory } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { removeLockFiles } from "../system/GitLocks.ts"
import type { LockBusy } from "../system/Lock.ts"
import { bringBackBranch } from "./bringBackBranch.ts"
import { HeadUnborn } from "./inspectTree.ts"
import { type Circumstances, freeBranch, isPullRequest, settledPullRequest, startOf } from "./IssueBranch.ts"
import type { FinishedWorktree } from "./makeWorktree.ts"
import { ensureOwnHooks } from "./ensureOwnHooks.ts"
import { type BaseBranchCheckedOut, type OtherRepository, requireOwnTree } from "./requireOwnTree.ts"
import { makeTree, writeMark, type WorktreeMark, type WorktreePlace } from "./WorktreePlace.ts"

type Kept = Extract<WorktreePlace, { readonly _tag: "Ready" | "TreeMissing" }>

/**
 * Takes up a worktree that was handed out before. What is in it stays. Only when nothing is, and the pull request of its
 * branch is merged or closed, it goes over to the next branch.
 */
export const keepWorktree = Effect.fn("Worktrees.keep")(function* (
  worktree: string,
  place: Kept,
  circumstances: Circumstances,
): Effect.fn.Return<
  FinishedWorktree,
  OtherRepository | BaseBranchCheckedOut | HeadUnborn | GitError | LockBusy | HomeUnusable,
  Git | PullRequests
> {
  const { ref, clone, lock } = circumstances
  yield* removeLockFiles(place.admin)
  const head = yield* headOf(worktree, place, circumstances)
  const git = yield* Git
  const harmless = yield* Effect.scoped(
    Effect.andThen(lock, removeHarmful(clone.path, yield* git.config({ worktree }))),
  )
  yield* ensureOwnHooks(clone.path, { admin: place.admin, worktree }, harmless)
  const branch = branchOfWorktree(circumstances, place.mark, head.branch)
  yield* requireOwnTree(worktree, { entries: harmless, checkedOut: head.branch, branch }, circumstances)
  if (place.mark !== null) yield* writeMark(place.admin, { state: "ready", branch })

  const kept: FinishedWorktree = { branch, head: head.sha, clone: clone.path, submodules: "missing", warnings: [] }
  const settled = isPullRequest(ref) ? null : yield* settledPullRequest(ref, branch)
  if (settled === null) return kept
  const work = yield* workIn(worktree, place.admin, kept, settled)
  if (work === null) return yield* moveOn(worktree, place.admin, kept, circumstances)
  return {
    ...kept,
    warnings: [`${settled.url} is ${settled.state}; ${branch} is kept because ${worktree} has ${work}`],
  }
})

/** A worktree that is no part of the shared clone, as it stands. */
export const keepIndependent = Effect.fn("Worktrees.keepIndependent")(function* (
  worktree: string,
  circumstances: Circumstances,
): Effect.fn.Return<FinishedWorktree, OtherRepository | BaseBranchCheckedOut | HeadUnborn | GitError, Git> {
  const git = yield* Git
  const entries = yield* git.config({ worktree })
  const head = yield* requireHead(worktree)
  const branch = circumstances.recorded ?? head.branch ?? branchOf(circumstances.ref)
  yield* requireOwnTree(worktree, { entries, checkedOut: head.branch, branch }, circumstances)
  return { branch, head: head.sha, clone: yield* git.commonDirectory(worktree), submodules: "none", warnings: [] }
})

/** Fills the tree first where that is due: the index has what was in it, staged changes included. */
const headOf = Effect.fnUntraced(function* (worktree: string, place: Kept, { clone, lock, remote }: Circumstances) {
  const git = yield* Git
  if (place._tag === "TreeMissing") {
    yield* writeMark(place.admin, { ...place.mark, state: "filling" })
    yield* makeTree(worktree, place.admin)
  }
  if (place._tag === "TreeMissing" || place.mark?.state === "filling") yield* git.checkoutIndex(worktree, remote.env)
  if (Option.isNone(yield* git.head(worktree))) {
    yield* Effect.scoped(Effect.andThen(lock, bringBackBranch(clone.path, place.admin)))
  }
  return yield* requireHead(worktree)
})

const requireHead = Effect.fnUntraced(function* (worktree: string) {
  const head = yield* (yield* Git).head(worktree)
  return Option.isSome(head) ? head.value : yield* new HeadUnborn({ path: worktree })
})

/** Record and mark differ when a switch was cut off: the one that HEAD stands on is right. */
const branchOfWorktree = (
  { ref, recorded }: Circumstances,
  mark: WorktreeMark | null,
  current: string | null,
): string => {
  const named = [recorded, mark?.branch ?? null].filter((branch) => branch !== null)
  return named.find((branch) => branch === current) ?? named[0] ?? current ?? branchOf(ref)
}

/** What git keeps in the admin directory while something is only half done. */
const halfDone = /^(MERGE_HEAD|CHERRY_PICK_HEAD|REVERT_HEAD|BISECT_LOG|rebase-merge|rebase-apply|sequencer)$/

/** What would be lost sight of on another branch; null: nothing. */
const workIn = Effect.fnUntraced(function* (
  worktree: string,
  admin: string,
  { branch, clone }: FinishedWorktree,
  settled: PullRequest,
) {
  const git = yield* Git
  const status = yield* git.status(worktree)
  if (status.branch !== branch) return "something else checked out"
  if (status.entries.length > 0) return "uncommitted changes"
  if ((yield* listDirectory(admin)).some((name) => halfDone.test(name))) return "a merge or rebase in progress"
  if (yield* git.hidesFiles(worktree)) return "files that git was told not to look at"
  if (status.head === null || status.head === settled.head) return null
  return (yield* git.countUnpushed(clone, status.head)) > 0 ? "commits that are not on the remote" : null
})

const moveOn = Effect.fnUntraced(function* (
  worktree: string,
  admin: string,
  kept: FinishedWorktree,
  circumstances: Circumstances,
) {
  const git = yield* Git
  const { base, clone, lock, remote } = circumstances
  const next = yield* startOf(yield* freeBranch(circumstances, kept.branch), base, clone)
  yield* writeMark(admin, { state: "switching", branch: next.branch })
  const refused = yield* Effect.scoped(Effect.andThen(lock, git.switchTo(worktree, next, remote.env))).pipe(
    Effect.as(null),
    Effect.catchTag("GitFailed", Effect.succeed),
  )
  const branch = refused === null ? next.branch : kept.branch
  yield* writeMark(admin, { state: "ready", branch })
  return refused === null
    ? { ...kept, ...next, head: next.start, submodules: "all" as const }
    : { ...kept, warnings: [`${worktree} stays on ${branch}: ${refused.detail}`] }
})
