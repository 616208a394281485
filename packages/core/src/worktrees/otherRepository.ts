import { Effect, Option } from "effect"
import * as path from "node:path"
import { gitDirectoryOf } from "../removal/gitDirectory.ts"
import { Git } from "../system/Git.ts"
import { otherOrigin } from "./requireOwnTree.ts"

/** The repository that a directory is in, by its `origin` or its place, unless it is the one at `url`; null: in none. */
export const otherRepository = Effect.fn("Worktrees.otherRepository")(function* (directory: string, url: string) {
  const tree = treeAround(path.resolve(directory))
  if (tree === null) return null
  const other = yield* otherOrigin(tree, yield* (yield* Git).config({ worktree: tree }), url)
  return Option.match(other, { onNone: () => null, onSome: (origin) => origin ?? tree })
})

/** Also of a directory that is gone: what is left of its path tells. */
const treeAround = (directory: string): string | null => {
  if (gitDirectoryOf(directory) !== null) return directory
  const above = path.dirname(directory)
  return above === directory ? null : treeAround(above)
}
