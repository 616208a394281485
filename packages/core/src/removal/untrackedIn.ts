import { Effect } from "effect"
import * as path from "node:path"
import { exists, type HomeUnusable } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { userHome } from "../system/KugetsuHome.ts"

/**
 * Untracked files that neither the tree's own `.gitignore` files nor the person's excludes leave out. `info/exclude` of
 * a shared clone does not count: whoever works in another worktree may have written it.
 */
export const untrackedIn = Effect.fn("removal.untrackedIn")(function* (
  tree: string,
): Effect.fn.Return<ReadonlyArray<string>, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const host = yield* HostEnvironment
  const usual = path.join(host.XDG_CONFIG_HOME || path.join(userHome(host), ".config"), "git/ignore")
  const excludes = path.resolve(tree, (yield* git.personalExcludes) ?? usual)
  return yield* git.untracked(tree, (yield* exists(excludes)) ? excludes : null)
})
