import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { attempt } from "../system/Files.ts"

/** What a repository would have opencode load in a way that its guard cannot see. */
export class PluginUnguarded extends Schema.TaggedError<PluginUnguarded>()("PluginUnguarded", {
  path: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `the repository has a plugin that cannot be kept out of opencode: ${this.path} ${this.reason}`
  }
  get remedy() {
    return "Nothing was started: it would run with the agent's tokens. Take it out of the branch, or, where the path is yours, have no colon in it."
  }
}

/** Where a repository may name plugins for opencode. */
const configurations = ["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"]
/** Where opencode looks for modules by itself. */
const directories = ["plugin", "plugins", "tool", "tools"].map((name) => path.join(".opencode", name))

/** A name as registries have it, with or without one version; no address, no archive, no other package's name. */
const packageName = /^((?:@[\w.-]+\/)?[A-Za-z0-9][\w.-]*)(?:@[\w.^~+-]+)?$/
const archive = /\.(?:tgz|tar|tar\.gz)$/i
/** In a path. Bun takes what is before a colon for something else, and shows such a module to no plugin. */
const unseen = /[:\\%?#\p{Cc}]/u

/**
 * The packages that a repository names as plugins, as it names them. Fails on whatever opencode might load for it from
 * neither such a package nor a plain file of the worktree (its real path).
 */
export const repositoryPlugins = Effect.fn("repositoryPlugins")(function* (worktree: string) {
  const packages: Array<string> = []
  for (const name of configurations) {
    const file = path.join(worktree, name)
    for (const plugin of yield* pluginsIn(file)) {
      if (/^\.\.?\//.test(plugin)) yield* requireSeen(worktree, path.resolve(path.dirname(file), plugin))
      else if (packageName.test(plugin) && !archive.test(plugin)) packages.push(plugin)
      else return yield* new PluginUnguarded({ path: file, reason: `names ${shown(plugin)}` })
    }
  }
  for (const name of directories) {
    const dir = path.join(worktree, name)
    const files = yield* attempt("list", dir, () => filesBelow(dir, new Set()))
    yield* Effect.forEach(files, (file) => requireSeen(worktree, file), { discard: true })
  }
  return packages
})

/** The package without its version. */
export const nameOf = (plugin: string): string => packageName.exec(plugin)?.[1] ?? plugin

const Reference = Schema.Union([
  Schema.String,
  Schema.Struct({ package: Schema.String }),
  Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Unknown]),
])
const References = Schema.optional(Schema.Array(Reference))
const decode = Schema.decodeUnknownEffect(Schema.Struct({ plugin: References, plugins: References }))

/** As a configuration names them; what is no file names none. */
const pluginsIn = Effect.fnUntraced(function* (file: string) {
  const text = yield* attempt("read", file, () => (isFile(file) ? fs.readFileSync(file, "utf8") : ""))
  // however the rest of it is read
  if (!/plugin|\\u/.test(text)) return []
  const { plugin = [], plugins = [] } = yield* Effect.try({ try: () => parsed(text), catch: String }).pipe(
    Effect.flatMap(decode),
    Effect.mapError(() => new PluginUnguarded({ path: file, reason: "may name plugins, and cannot be understood" })),
  )
  return [...plugin, ...plugins].map((item) =>
    typeof item === "string" ? item : "package" in item ? item.package : item[0],
  )
})

/**
 * Of one meaning for every reader: where a comment ends is decided here, and a prototype is no key. Of a key that is
 * there twice the last one counts.
 */
const parsed = (text: string): unknown => {
  const plain = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\//g, "$1 ")
  const value: unknown = Bun.JSONC.parse(plain)
  if (/[\u2028\u2029]/.test(text) || Object.hasOwn(Object(value) as object, "__proto__")) throw new Error("ambiguous")
  return value
}

const requireSeen = Effect.fnUntraced(function* (worktree: string, file: string) {
  const refuse = (name: string, reason: string) => new PluginUnguarded({ path: name, reason })
  const real = yield* attempt("look at", file, () => (isFile(file) ? fs.realpathSync(file) : null))
  if (real === null) {
    if (yield* attempt("list", file, () => isAlmostThere(file))) return yield* refuse(file, "is no file")
    return
  }
  for (const name of [file, real]) {
    if (unseen.test(name)) return yield* refuse(shown(name), "has a colon or the like in its path")
  }
  if (!real.startsWith(worktree + path.sep)) return yield* refuse(file, "leads out of the worktree")
})

/** A directory, or a file of the same name with an ending that opencode would try too. */
const isAlmostThere = (file: string): boolean => {
  const dir = path.dirname(file)
  const stem = path.parse(file).name
  return fs.existsSync(dir) && fs.readdirSync(dir).some((name) => name.startsWith(stem))
}

const isFile = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false

/** Through links to directories, each of them once. */
const filesBelow = (at: string, seen: Set<string>): ReadonlyArray<string> => {
  const stat = fs.statSync(at, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory()) return stat.isFile() ? [at] : []
  const real = fs.realpathSync(at)
  if (seen.has(real)) return []
  seen.add(real)
  return fs.readdirSync(at).flatMap((name) => filesBelow(path.join(at, name), seen))
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 200))
