import { Effect, Option } from "effect"
import * as path from "node:path"
import { exists, readText, replaceFile } from "../system/Files.ts"
import { linkOf } from "../system/GitCommand.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { lockClone } from "./SharedClone.ts"

/**
 * The first kugetsu had its clones in the home, too. Where the whole home came to another place, a worktree of such a
 * clone and the clone have lost each other, and are as far apart as they were: they are joined again. `recorded`: where
 * the worktree was. May be killed at any moment, and is then done again.
 */
export const rejoinMoved = Effect.fn("Worktrees.rejoinMoved")(function* (
  home: KugetsuPaths,
  worktree: string,
  recorded: string,
) {
  const link = Option.getOrNull(linkOf(worktree))
  if (link === null || path.resolve(recorded) === worktree || (yield* exists(link))) return
  const admin = path.resolve(worktree, path.relative(path.resolve(recorded), link))
  const back = path.join(admin, "gitdir")
  if (!(yield* exists(back))) return
  const lock = lockClone(home, path.dirname(path.dirname(admin)))
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* lock
      const tree = Option.map(yield* readText(back), (text) => path.dirname(text.trim()))
      // another worktree's that happens to lie there; one's own is there after the first of the two writes
      if (Option.isNone(tree) || ![path.resolve(recorded), worktree].includes(tree.value)) return
      yield* replaceFile(back, `${worktree}/.git\n`)
      yield* replaceFile(path.join(worktree, ".git"), `gitdir: ${admin}\n`)
    }),
  )
})
