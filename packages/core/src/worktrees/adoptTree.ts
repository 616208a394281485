import { Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { type HomeUnusable, removeTree } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { type GitError, linkOf } from "../system/GitCommand.ts"
import type { LockBusy } from "../system/Lock.ts"
import { ensureOwnHooks } from "./ensureOwnHooks.ts"
import type { BranchStart, Circumstances } from "./IssueBranch.ts"
import { type BranchTaken, type FinishedWorktree, registerTree } from "./makeWorktree.ts"
import { makeTree, surveyPlace, type WorktreePlace, writeMark } from "./WorktreePlace.ts"

/** Nobody can tell any more what of a worktree is a change. */
export class TreeOfUnknownCommit extends Schema.TaggedError<TreeOfUnknownCommit>()("TreeOfUnknownCommit", {
  worktree: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `the clone of ${this.worktree} was gone, and nothing tells which commit its files belong to`
  }
  get remedy() {
    return "Nothing in it was touched. Move the directory away and continue the issue; then bring over what you need of it."
  }
}

/**
 * Gives a worktree that its clone does not know any more a place in it. No file of it is touched: it stands on a commit
 * that it was seen on, so that what it has beyond shows as changes and nobody else's work as undone. May be killed at any
 * moment, and is then done again: the tree is joined to its new place last.
 */
export const adoptTree = Effect.fn("Worktrees.adopt")(function* (
  worktree: string,
  { branch, warnings }: BranchStart,
  { clone, lock, seen }: Circumstances,
): Effect.fn.Return<FinishedWorktree, BranchTaken | TreeOfUnknownCommit | GitError | LockBusy | HomeUnusable, Git> {
  const git = yield* Git
  const local = clone.locals.get(branch)
  const known = yield* git.objectTypes(clone.path, seen)
  const start = local ?? seen.find((commit) => known.get(commit) === "commit")
  if (start === undefined) return yield* new TreeOfUnknownCommit({ worktree })
  const aside = path.join(path.dirname(worktree), `.${path.basename(worktree)}.adopting`)
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* lock
      yield* removeTree(aside)
      yield* removeTree(path.join(clone.path, "worktrees", path.basename(aside)))
      yield* registerTree(clone.path, { path: aside, branch, start })
      yield* git.readHead(aside)
      const admin = Option.getOrThrow(linkOf(aside))
      yield* ensureOwnHooks(clone.path, { admin, worktree: aside }, [])
      yield* writeMark(admin, { state: "ready", branch })
      yield* makeTree(worktree, admin)
      yield* removeTree(aside)
    }),
  )
  const lost =
    local === undefined
      ? `the clone of ${worktree} was gone, and commits that were never pushed with it: its files are as they were, and stand as changes on ${start.slice(0, 12)}`
      : `the clone did not know ${worktree} any more: its files are as they were, on ${branch}`
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
