import { Effect } from "effect"
import * as path from "node:path"
import { type HomeUnusable, realPath } from "./Files.ts"
import { Git } from "./Git.ts"
import type { GitError } from "./GitCommand.ts"
import type { ConfigEntry } from "./GitFilters.ts"

/**
 * What the configuration of a shared clone may say. Agents can write it, and it serves every worktree and kugetsu's own
 * git, so that whatever names a program, another place or another login (filter.*, core.sshCommand, credential.*,
 * url.*, include.*, alias.*, …) has no business there: only what is known to be harmless stays.
 */
const harmless = [
  /^core\.(repositoryformatversion|filemode|ignorecase|precomposeunicode|symlinks|logallrefupdates|sharedrepository)$/,
  /^extensions\.(worktreeconfig|objectformat|relativeworktrees)$/,
  /^gc\.(auto|worktreepruneexpire)$/,
  /^remote\..+\.(url|fetch)$/s,
  /^branch\..+\.(remote|merge|rebase|pushremote|description)$/s,
  /^submodule\.(.+\.)?(url|active)$/s,
  /^user\.(name|email)$/,
  /^(pull\.(rebase|ff)|push\.(default|autosetupremote)|lfs\.repositoryformatversion)$/,
]

/** Also in the part that belongs to one worktree. */
const harmlessInWorktree = [/^core\.(bare|sparsecheckout|sparsecheckoutcone)$/, /^index\.sparse$/]

const everyBranch = "+refs/heads/*:refs/remotes/origin/*"

const required = (url: string): ReadonlyArray<readonly [key: string, value: string]> => [
  ["remote.origin.url", url],
  ["remote.origin.fetch", everyBranch],
  ["gc.auto", "0"],
  ["gc.worktreepruneexpire", "never"],
  ["core.logallrefupdates", "true"],
  ["core.sharedrepository", "0600"],
  // with it core.bare must stand in the clone's own part, or every worktree would be bare
  ["extensions.worktreeconfig", "true"],
]

const isHarmless = (entry: ConfigEntry): boolean =>
  (entry.scope === "worktree" ? [...harmless, ...harmlessInWorktree] : harmless).some((keys) => keys.test(entry.key))

/** The value a key has in the clone's own configuration; null when it has none. */
export const recordedValue = (entries: ReadonlyArray<ConfigEntry>, key: string): string | null =>
  entries.findLast((entry) => entry.scope === "local" && entry.key === key)?.value ?? null

/** Makes the configuration of a shared clone, of which these are the entries, what it should be. Needs its lock. */
export const mendCloneConfig = Effect.fn("CloneConfig.mend")(function* (
  clone: string,
  entries: ReadonlyArray<ConfigEntry>,
  url: string,
): Effect.fn.Return<void, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const placeOf = yield* placesIn(clone)
  yield* removeHarmful(clone, entries)
  const ensure = (place: string, key: string, value: string) => {
    const values = entries.flatMap((entry) => (entry.key === key && placeOf(entry) === place ? [entry.value] : []))
    return values.length === 1 && values[0] === value
      ? Effect.void
      : git.setConfig(clone, { file: path.join(clone, place), key, value })
  }
  yield* ensure("config.worktree", "core.bare", "true")
  for (const [key, value] of required(url)) yield* ensure("config", key, value)
})

/** Removes what is not harmless from the files of the repository itself; what it included goes with the include. */
export const removeHarmful = Effect.fn("CloneConfig.removeHarmful")(function* (
  repository: string,
  entries: ReadonlyArray<ConfigEntry>,
): Effect.fn.Return<void, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const placeOf = yield* placesIn(repository)
  const harmful = new Map<string, { readonly file: string; readonly key: string }>()
  for (const entry of entries) {
    const place = placeOf(entry)
    if (place === null || isHarmless(entry)) continue
    harmful.set(`${place} ${entry.key}`, { file: path.join(repository, place), key: entry.key })
  }
  for (const setting of harmful.values()) yield* git.unsetConfig(repository, setting)
})

/** Where in the repository a setting stands; null for one from elsewhere. git may tell paths without symbolic links. */
const placesIn = (repository: string) =>
  Effect.map(realPath(repository), (real) => (entry: ConfigEntry): string | null => {
    const root = [repository, real].find((dir) => entry.file?.startsWith(`${dir}/`))
    return root === undefined || entry.file === null ? null : entry.file.slice(root.length + 1)
  })
