import { Effect, Option, Schema } from "effect"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { readText, replaceFile } from "../system/Files.ts"

/** Where a repository may name plugins for opencode. */
const configurations = ["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"]

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
  const places = [`${escaped(worktree)}/`, ...packages.map((name) => `/.*/node_modules/${escaped(name)}/`)]
  return `^(?:${[...new Set(places)].join("|")})`
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** Puts it into a directory; gives its URL, as opencode's configuration wants it. */
export const writeRepositoryGuard = Effect.fn("RepositoryGuard.write")(function* (worktree: string, directory: string) {
  const packages = yield* Effect.forEach(configurations, (name) => packagesIn(path.join(worktree, name)))
  const file = path.join(directory, "kugetsu-guard.js")
  yield* replaceFile(file, source(filterOf(worktree, packages.flat())))
  return pathToFileURL(file).href
})

const Reference = Schema.Union([
  Schema.String,
  Schema.Struct({ package: Schema.String }),
  Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Unknown]),
])
const decodeList = Schema.decodeUnknownOption(Schema.Array(Schema.Unknown))
const decodeReference = Schema.decodeUnknownOption(Reference)

/** The packages that a configuration names as plugins, without their versions; what is no configuration names none. */
const packagesIn = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.orElseSucceed(readText(file), () => Option.none<string>())
  const document = Option.flatMap(text, parsed)
  if (Option.isNone(document)) return []
  const { plugin, plugins } = document.value
  return [plugin, plugins]
    .flatMap((list) => Option.getOrElse(decodeList(list), () => []))
    .flatMap((item) => Option.toArray(decodeReference(item)))
    .map((item) => (typeof item === "string" ? item : "package" in item ? item.package : item[0]))
    .flatMap((name) => /^((?:@[\w.-]+\/)?[A-Za-z0-9][\w.-]*)(?:@.*)?$/.exec(name)?.[1] ?? [])
})

const parsed = (text: string): Option.Option<Readonly<Record<string, unknown>>> => {
  try {
    const value = Bun.JSONC.parse(text)
    return typeof value === "object" && value !== null ? Option.some(value as Record<string, unknown>) : Option.none()
  } catch {
    return Option.none() // opencode does not understand it either
  }
}
