import { Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { linkOf } from "../system/GitCommand.ts"

/** Where a tree's own git state (HEAD, index, what is under way) is; null: it is no repository. */
export const gitDirectoryOf = (tree: string): string | null => {
  const inside = path.join(tree, ".git")
  const own = Option.getOrElse(linkOf(tree), () => inside)
  return fs.existsSync(path.join(own, "HEAD")) ? own : null
}
