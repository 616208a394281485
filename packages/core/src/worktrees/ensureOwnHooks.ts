import { Effect } from "effect"
import * as path from "node:path"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { ConfigEntry } from "../system/GitFilters.ts"

/**
 * Gives a worktree hooks of its own, in its admin directory: those of the clone, and a `core.hooksPath` that another
 * worktree sets for all of them, do nothing in it. A place of its own that it named for itself alone stays. `entries`:
 * its configuration.
 */
export const ensureOwnHooks = Effect.fn("Worktrees.ensureOwnHooks")(function* (
  clone: string,
  { admin, worktree }: { readonly admin: string; readonly worktree: string },
  entries: ReadonlyArray<ConfigEntry>,
): Effect.fn.Return<void, GitError, Git> {
  const named = entries.filter(({ key, scope }) => scope === "worktree" && key === "core.hookspath")
  if (named.length === 1 && isInside([worktree, admin], worktree, named[0]?.value ?? "")) return
  const setting = { file: path.join(admin, "config.worktree"), key: "core.hooksPath", value: path.join(admin, "hooks") }
  yield* (yield* Git).setConfig(clone, setting)
})

/** git takes `~` for a person's home, and `%` for where it is installed. */
const isInside = (places: ReadonlyArray<string>, worktree: string, value: string): boolean =>
  !/^[~%]|^$/.test(value) && places.some((place) => path.resolve(worktree, value).startsWith(`${place}/`))
