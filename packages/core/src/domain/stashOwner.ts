/** Who may have made a stash: a worktree, by its branches and by the commits it stood on. */
export interface StashOwner {
  readonly branches: ReadonlySet<string>
  readonly stoodOn: ReadonlySet<string>
}

/**
 * Whose of a repository's worktrees, which share one list, a stash is: the branch in its subject tells, else the commit
 * it was made on.
 */
export const stashOwner = (
  stash: { readonly subject: string; readonly parent: string },
  own: StashOwner,
  others: ReadonlyArray<StashOwner>,
): "own" | "other" | "unknown" => {
  const branch = /^(?:WIP on|On) (.+?): /.exec(stash.subject)?.[1] ?? ""
  if (own.branches.has(branch)) return "own"
  if (others.some(({ branches }) => branches.has(branch))) return "other"
  if (own.stoodOn.has(stash.parent)) return "own"
  return others.some(({ stoodOn }) => stoodOn.has(stash.parent)) ? "other" : "unknown"
}
