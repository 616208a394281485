import { Effect, Option, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { ensureDirectory, type HomeUnusable, removeTree } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { type GitError, linkOf } from "../system/GitCommand.ts"
import type { LockBusy } from "../system/Lock.ts"
import type { BranchStart, Circumstances } from "./IssueBranch.ts"
import { ensureOwnHooks } from "./ensureOwnHooks.ts"
import {
  announceMaking,
  finishMaking,
  removeUnfinished,
  type WorktreeInTheWay,
  type WorktreePlace,
} from "./WorktreePlace.ts"

/** Another worktree of the clone stands on the branch. */
export class BranchTaken extends Schema.TaggedError<BranchTaken>()("BranchTaken", {
  branch: Schema.String,
  worktree: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.branch} is checked out in ${this.worktree}`
  }
  get remedy() {
    return "Work on it there, or destroy that worktree first; `kugetsu list` shows whose it is."
  }
}

/** A worktree as it is handed out. */
export interface FinishedWorktree {
  readonly branch: string
  readonly head: string
  /** The repository it hangs off. */
  readonly clone: string
  /** Which submodules are to be checked out: those that were never fetched, or all, as nothing is in them. */
  readonly submodules: "missing" | "all" | "none"
  readonly warnings: ReadonlyArray<string>
}

/**
 * Makes the worktree anew: empty and registered under the clone's lock, filled without it, and marked at the very end,
 * so that one whose making was cut off is known and made again.
 */
export const makeWorktree = Effect.fn("Worktrees.make")(function* (
  worktree: string,
  place: Extract<WorktreePlace, { readonly _tag: "Free" | "Unfinished" }>,
  { branch, start, warnings }: BranchStart,
  { clone, lock, remote }: Circumstances,
): Effect.fn.Return<FinishedWorktree, BranchTaken | WorktreeInTheWay | GitError | LockBusy | HomeUnusable, Git> {
  const git = yield* Git
  const register = Effect.gen(function* () {
    yield* lock
    if (place._tag === "Unfinished") yield* removeUnfinished(worktree, place.admin)
    yield* announceMaking(clone.path, worktree)
    yield* ensureDirectory(worktree)
    yield* registerTree(clone.path, { path: worktree, branch, start })
  })
  yield* Effect.scoped(register)
  yield* git.reset(worktree, remote.env)
  const admin = linkOf(worktree)
  if (Option.isSome(admin)) yield* ensureOwnHooks(clone.path, { admin: admin.value, worktree }, [])
  yield* finishMaking(clone.path, worktree, branch)
  return { branch, head: start, clone: clone.path, submodules: "missing", warnings }
})

/** An empty tree on the branch, known to the clone; nothing of it stays when it fails. Needs the clone's lock. */
export const registerTree = Effect.fn("Worktrees.register")(function* (
  clone: string,
  tree: { readonly path: string; readonly branch: string; readonly start: string },
): Effect.fn.Return<void, BranchTaken | GitError | HomeUnusable, Git> {
  yield* (yield* Git).addWorktree(clone, tree).pipe(
    Effect.tapError(() => removeTree(tree.path)),
    Effect.catchTag("GitFailed", (failed) => {
      const other = /already (?:checked out|used by worktree) at '(.+?)'/s.exec(failed.detail)?.[1]
      return Effect.fail(other === undefined ? failed : new BranchTaken({ branch: tree.branch, worktree: other }))
    }),
  )
})
