import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable } from "../system/Files.ts"

/**
 * The repository's own rules for agents: AGENTS.md, else CLAUDE.md. Only a regular file that is inside the worktree: a
 * repository must not lead an agent's reading elsewhere by a link.
 */
export const instructionsOf = (worktree: string): Effect.Effect<string | null, HomeUnusable> =>
  attempt("look at", worktree, () => {
    const root = fs.realpathSync(worktree)
    const inside = ["AGENTS.md", "CLAUDE.md"].map((name) => regularFileIn(root, name))
    return inside.find((file) => file !== null) ?? null
  })

const regularFileIn = (root: string, name: string): string | null => {
  const named = path.join(root, name)
  if (!fs.statSync(named, { throwIfNoEntry: false })?.isFile()) return null
  const file = fs.realpathSync(named)
  return file.startsWith(root + path.sep) ? file : null
}
