import { Effect, Option } from "effect"
import * as path from "node:path"
import { type StashOwner, stashOwner } from "../domain/stashOwner.ts"
import { type HomeUnusable, readText } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"

/**
 * The stashes that may be a worktree's: one that nobody owns is everybody's. One that the trash keeps is safe.
 */
export const stashesOf = Effect.fn("removal.stashesOf")(function* (
  repository: string,
  own: StashOwner,
  others: ReadonlyArray<StashOwner>,
): Effect.fn.Return<ReadonlyArray<string>, GitError, Git> {
  const git = yield* Git
  const stashes = yield* git.stashes(repository)
  if (stashes.length === 0) return []
  const kept = new Set((yield* git.refs(repository, ["refs/kugetsu/trash/"])).values())
  return stashes.flatMap((stash, at) => {
    if (kept.has(stash.sha)) return []
    const owner = stashOwner(stash, own, others)
    const name = `stash@{${at}}: ${stash.subject}`
    return owner === "other" ? [] : [owner === "own" ? name : `${name} (whose it is cannot be told)`]
  })
})

/** Every commit that HEAD of a tree stood on, as the log in its git directory tells. */
export const commitsStoodOn = (gitDirectory: string): Effect.Effect<ReadonlySet<string>, HomeUnusable> =>
  Effect.map(readText(path.join(gitDirectory, "logs", "HEAD")), (text) => {
    const lines = Option.getOrElse(text, () => "").split("\n")
    return new Set(lines.flatMap((line) => line.split(" ", 2)).filter((sha) => /^[0-9a-f]{40,64}$/.test(sha)))
  })
