import { Effect } from "effect"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { branchRef } from "../system/GitRescue.ts"
import type { HomeUnusable } from "../system/Files.ts"
import { headIn, readReflog } from "../trash/WorktreeAdmin.ts"

/**
 * Makes the branch again that a worktree stands on and somebody deleted, at the commit that its own log of HEAD names
 * last. false: no log tells where it was, or the commit has gone. To be called where HEAD has no commit.
 */
export const bringBackBranch = Effect.fn("Worktrees.bringBackBranch")(function* (
  clone: string,
  admin: string,
): Effect.fn.Return<boolean, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const { branch } = yield* headIn(admin)
  const last = (yield* readReflog(admin, "HEAD")).at(-1)?.to ?? null
  if (branch === null || last === null || !(yield* git.hasCommit(clone, last))) return false
  yield* git.changeRefs(clone, [{ name: branchRef(branch), to: last, from: null }])
  return true
})
