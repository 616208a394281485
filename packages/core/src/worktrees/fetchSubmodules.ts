import { Effect } from "effect"
import * as path from "node:path"
import { readCloneUrl } from "../domain/CloneUrl.ts"
import { exists, type HomeUnusable } from "../system/Files.ts"
import { Git, type Remote } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { FinishedWorktree } from "./makeWorktree.ts"

/**
 * Checks out submodules as well as it can; what failed is told as a warning. One that an agent has worked in is left as
 * it is. A submodule's address comes from the repository, so that local paths count only where the clone itself is one.
 */
export const fetchSubmodules = Effect.fn("Worktrees.fetchSubmodules")(function* (
  worktree: string,
  which: FinishedWorktree["submodules"],
  remote: Remote,
): Effect.fn.Return<ReadonlyArray<string>, GitError | HomeUnusable, Git> {
  const git = yield* Git
  if (which === "none" || !(yield* exists(path.join(worktree, ".gitmodules")))) return []
  const paths: Array<string> = []
  for (const at of yield* git.submodules(worktree)) {
    if (which === "all" || !(yield* exists(path.join(worktree, at, ".git")))) paths.push(at)
  }
  if (paths.length === 0) return []
  return yield* git.initSubmodules(worktree, paths, { env: remote.env, protocols: protocolsFor(remote.url) }).pipe(
    Effect.as([]),
    Effect.catch((error) => Effect.succeed([`submodules of ${worktree} are not all there: ${error.message}`])),
  )
})

/** What submodules may be fetched over: plain http and local paths only where the repository itself is. */
export const protocolsFor = (url: string): ReadonlyArray<string> => {
  const { transport } = readCloneUrl(url)
  return ["https", "ssh", "git", ...(transport === "file" || transport === "http" ? [transport] : [])]
}
