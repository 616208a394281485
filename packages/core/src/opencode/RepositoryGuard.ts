import { Effect } from "effect"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { exists, realPath, replaceFile } from "../system/Files.ts"
import { nameOf, PluginUnguarded, repositoryPlugins } from "./RepositoryPlugins.ts"

/**
 * A plugin for opencode, which loads a repository's own plugins into its process although it was told to leave the
 * configuration of projects alone (1.18; its flag is honoured by its older loader only). This one is there first: a
 * module of the worktree, or of a package that the repository names as a plugin, then loads as an empty one. What the
 * person's own configuration names was loaded before it, and stays.
 */
const source = (filter: string): string =>
  `Bun.plugin({
  name: "kugetsu",
  setup: (build) =>
    build.onLoad({ filter: new RegExp(${JSON.stringify(filter)}) }, () => ({ contents: "export default {}", loader: "js" })),
})
export const kugetsuGuard = async () => ({})
`

const filterOf = (worktree: string, packages: ReadonlyArray<string>): string => {
  const places = [
    `${escaped(worktree)}/`,
    // opencode's own copy of the package, whatever its manifest names as its entry
    ...packages.flatMap((it) => [`/.*/packages/${escaped(it)}/`, `/.*/node_modules/${escaped(nameOf(it))}/`]),
  ]
  return `^(?:${[...new Set(places)].join("|")})`
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/**
 * Puts it into a directory; gives its URL, as opencode's configuration wants it. Fails where the repository has plugins
 * that it would not see; `cache` is where opencode puts packages.
 */
export const writeRepositoryGuard = Effect.fn("RepositoryGuard.write")(function* (
  worktree: string,
  { cache, directory }: { readonly cache: string; readonly directory: string },
) {
  const packages = yield* repositoryPlugins(worktree)
  if (packages.length > 0) yield* requireSeenCache(cache)
  const file = path.join(directory, "kugetsu-guard.js")
  yield* replaceFile(file, source(filterOf(worktree, packages)))
  return pathToFileURL(file).href
})

const requireSeenCache = Effect.fnUntraced(function* (cache: string) {
  const real = (yield* exists(cache)) ? yield* realPath(cache) : cache
  if (!`${cache}${real}`.includes(":")) return
  return yield* new PluginUnguarded({
    path: cache,
    reason: "is where opencode puts its package, and has a colon in it",
  })
})
