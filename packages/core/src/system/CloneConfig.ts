import { Effect } from "effect"
import * as path from "node:path"
import { type HomeUnusable, realPath } from "./Files.ts"
import { Git } from "./Git.ts"
import type { GitError } from "./GitCommand.ts"
import { fileSystemTraits, usualTraits } from "./fileSystemTraits.ts"
import type { ConfigEntry } from "./GitFilters.ts"

/**
 * What the configuration of a shared clone may say. Agents can write it, and it serves every worktree and kugetsu's own
 * git, so that whatever names a program, another place or another login (filter.*, core.sshCommand, credential.*,
 * url.*, include.*, alias.*, …) or hides changes (core.fileMode, …) has no business there: only what is known to be
 * harmless stays.
 */
const harmless = [
  /^core\.(repositoryformatversion|logallrefupdates|sharedrepository)$/,
  /^extensions\.(worktreeconfig|objectformat|relativeworktrees)$/,
  /^gc\.(auto|worktreepruneexpire)$/,
  /^remote\..+\.(url|fetch)$/s,
  /^branch\..+\.(remote|merge|rebase|pushremote|description)$/s,
  /^submodule\.(.+\.)?(url|active)$/s,
  /^user\.(name|email)$/,
  /^(pull\.(rebase|ff)|push\.(default|autosetupremote)|lfs\.repositoryformatversion)$/,
]

/** In the part that belongs to one worktree. Its hooks act there alone, and never under kugetsu's own git. */
const harmlessInWorktree = [
  ...harmless.filter((keys) => !keys.source.startsWith("^remote")),
  /^core\.(bare|sparsecheckout|sparsecheckoutcone|hookspath)$/,
  /^index\.sparse$/,
]

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

/** `place`: the file inside the clone. Its own `config.worktree` is passed on to every worktree that is made. */
const isHarmless = ({ key, scope }: ConfigEntry, place: string): boolean => {
  const allowed = place === "config.worktree" ? [/^core\.bare$/] : scope === "worktree" ? harmlessInWorktree : harmless
  return allowed.some((keys) => keys.test(key))
}

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
  for (const [key, value] of [...required(url), ...(yield* unusualTraits(clone))]) yield* ensure("config", key, value)
})

const unusualTraits = (clone: string) =>
  Effect.map(fileSystemTraits(clone), (traits) =>
    traits.filter(([key, value]) => usualTraits.some((usual) => usual[0] === key && usual[1] !== value)),
  )

/**
 * Removes what is not harmless from the files of the repository itself; what it included goes with the include. Gives the
 * entries that remain. Needs the lock of the clone.
 */
export const removeHarmful = Effect.fn("CloneConfig.removeHarmful")(function* (
  repository: string,
  entries: ReadonlyArray<ConfigEntry>,
): Effect.fn.Return<ReadonlyArray<ConfigEntry>, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const placeOf = yield* placesIn(repository)
  const traits = yield* fileSystemTraits(repository)
  const isHarmful = yield* harmfulIn(repository, (entry) =>
    traits.some(([key, value]) => entry.key === key && entry.value === value),
  )
  const harmful = new Map(entries.filter(isHarmful).map((entry) => [`${placeOf(entry)} ${entry.key}`, entry]))
  for (const entry of harmful.values()) {
    yield* git.unsetConfig(repository, { file: path.join(repository, placeOf(entry) ?? ""), key: entry.key })
  }
  return entries.filter((entry) => !isHarmful(entry))
})

/** `isTrait`: whether it tells something of the file system that is so. */
const harmfulIn = (repository: string, isTrait: (entry: ConfigEntry) => boolean) =>
  Effect.map(placesIn(repository), (placeOf) => (entry: ConfigEntry): boolean => {
    const place = placeOf(entry)
    return place !== null && !isTrait(entry) && !isHarmless(entry, place)
  })

/**
 * The keys that `mendCloneConfig` would remove or set, but the address, and what only a try can tell of the file system:
 * this writes nothing.
 */
export const strayKeys = Effect.fn("CloneConfig.strayKeys")(function* (
  clone: string,
  entries: ReadonlyArray<ConfigEntry>,
): Effect.fn.Return<ReadonlyArray<string>, HomeUnusable> {
  const isHarmful = yield* harmfulIn(clone, ({ key }) => usualTraits.some(([trait]) => trait === key))
  const missing = required("").filter(
    ([key, value]) => key !== "remote.origin.url" && recordedValue(entries, key) !== value,
  )
  return [...new Set([...entries.filter(isHarmful), ...missing.map(([key]) => ({ key }))].map(({ key }) => key))]
})

/** Where in the repository a setting stands; null for one from elsewhere. git may tell paths without symbolic links. */
const placesIn = (repository: string) =>
  Effect.map(realPath(repository), (real) => (entry: ConfigEntry): string | null => {
    const root = [repository, real].find((dir) => entry.file?.startsWith(`${dir}/`))
    return root === undefined || entry.file === null ? null : entry.file.slice(root.length + 1)
  })
