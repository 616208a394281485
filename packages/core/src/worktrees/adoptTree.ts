import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type HomeUnusable, removeTree } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { type GitError, linkOf } from "../system/GitCommand.ts"
import type { LockBusy } from "../system/Lock.ts"
import { ensureOwnHooks } from "./ensureOwnHooks.ts"
import type { BranchStart, Circumstances } from "./IssueBranch.ts"
import { type BranchTaken, type FinishedWorktree, registerTree } from "./makeWorktree.ts"
import { makeTree, surveyPlace, type WorktreePlace, writeMark } from "./WorktreePlace.ts"

/**
 * Gives a worktree whose clone somebody deleted a place in the new one. No file of it is touched: what it has beyond the
 * commit that its branch stands on now shows as changes. May be killed at any moment, and is then done again: the tree
 * is joined to its new place last.
 */
export const adoptTree = Effect.fn("Worktrees.adopt")(function* (
  worktree: string,
  { branch, start, warnings }: BranchStart,
  { clone, lock }: Circumstances,
): Effect.fn.Return<FinishedWorktree, BranchTaken | GitError | LockBusy | HomeUnusable, Git> {
  const git = yield* Git
  const aside = path.join(path.dirname(worktree), `.${path.basename(worktree)}.adopting`)
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* lock
      yield* removeTree(aside)
      yield* removeTree(path.join(clone.path, "worktrees", path.basename(aside)))
      yield* registerTree(clone.path, { path: aside, branch, start })
      yield* git.readHead(aside)
      const admin = Option.getOrNull(linkOf(aside))
      if (admin === null) return
      yield* ensureOwnHooks(clone.path, { admin, worktree: aside }, [])
      yield* writeMark(admin, { state: "ready", branch })
      yield* makeTree(worktree, admin)
      yield* removeTree(aside)
    }),
  )
  const lost = `the clone of ${worktree} was gone: its files are as they were, and stand as changes on ${branch}; commits that were never pushed are lost`
  return { branch, head: start, clone: clone.path, submodules: "none", warnings: [...warnings, lost] }
})

export type TreePlace = WorktreePlace | { readonly _tag: "AdminMissing" }

/** As `surveyPlace`, and tells a worktree of this clone that the clone does not know any more. */
export const surveyTree = (worktree: string, clone: string, handedOut: boolean) =>
  surveyPlace(worktree, clone, handedOut).pipe(
    Effect.catchTag("WorktreeInTheWay", (fault) =>
      handedOut && lostItsClone(worktree, clone)
        ? Effect.succeed<TreePlace>({ _tag: "AdminMissing" })
        : Effect.fail(fault),
    ),
  )

/** Whether the worktree hung off this very clone, which has nothing of it any more; the home may have been moved since. */
const lostItsClone = (worktree: string, clone: string): boolean => {
  const admin = Option.getOrNull(linkOf(worktree))
  if (admin === null || fs.existsSync(admin)) return false
  const [place, repository] = [path.dirname(admin), path.dirname(path.dirname(admin))]
  const nameOf = (dir: string) => dir.split("/").slice(-3).join("/").toLowerCase()
  return path.basename(place) === "worktrees" && nameOf(repository) === nameOf(clone)
}
