import { expect } from "bun:test"
import { writeRepositoryGuard } from "@kugetsu/core/opencode/RepositoryGuard"
import { PluginUnguarded } from "@kugetsu/core/opencode/RepositoryPlugins"
import { Effect, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

effectTest("what the repository brings or names loads as nothing, and everything else as it is", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const module = (...parts: ReadonlyArray<string>) => {
      const file = path.join(root, ...parts)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, `export default { ran: ${JSON.stringify(parts.join("/"))} }\n`)
      return file
    }
    const worktree = path.join(root, "a (work) tree+[x]")
    const files = [
      module("a (work) tree+[x]", ".opencode", "plugins", "evil.js"),
      module("a (work) tree+[x]", "evil.ts"),
      module("a (work) tree+[x]", "evil.mjs"),
      module("cache", "node_modules", "evil-package", "index.js"),
      module("cache", "node_modules", "@evil", "other", "index.js"),
      module("cache", "node_modules", "evil-two", "index.js"),
      // its manifest names a module of another package
      module("cache", "packages", "evil-package@1.2.3", "node_modules", "its-dependency", "index.js"),
      module("cache", "node_modules", "provider", "index.js"),
      module("a (work) tree+[x]-2", "good.js"),
    ]
    fs.writeFileSync(
      path.join(worktree, "opencode.jsonc"),
      `{ // comment\n"plugin": ["./evil.ts", "evil-package@1.2.3", ["@evil/other", { "a": [1] }]], "plugins": [{ "package": "evil-two" }],\n"provider": { "npm": "provider" } }`,
    )
    const guard = yield* writeRepositoryGuard(worktree, { cache: root, directory: root })
    const script = `await import(${JSON.stringify(guard)})
for (const file of ${JSON.stringify(files)}) console.log(String((await import(file)).default.ran))`
    const child = Bun.spawnSync([process.execPath, "-e", script], { cwd: root })
    expect(child.stdout.toString().split("\n")).toEqual([
      ...Array.from({ length: 7 }, () => "undefined"),
      "cache/node_modules/provider/index.js",
      "a (work) tree+[x]-2/good.js",
      "",
    ])
  }),
)

/** Gives the guard a repository with these files; a value that begins with `->` is a link. */
const guarded = Effect.fnUntraced(function* (
  files: Readonly<Record<string, string>>,
  { cache = "cache", name = "tree" }: { readonly cache?: string; readonly name?: string } = {},
) {
  const root = yield* temporaryDirectory
  fs.writeFileSync(path.join(root, "outside.js"), "")
  const worktree = path.join(root, name)
  fs.mkdirSync(worktree)
  for (const [file, text] of Object.entries(files)) {
    const at = path.join(worktree, file)
    fs.mkdirSync(path.dirname(at), { recursive: true })
    if (text.startsWith("->")) fs.symlinkSync(text.slice(2), at)
    else fs.writeFileSync(at, text)
  }
  return yield* Effect.result(writeRepositoryGuard(worktree, { cache: path.join(root, cache), directory: root }))
})

const plugins = (...named: ReadonlyArray<unknown>) => JSON.stringify({ plugin: named })
const plain = { "ok.js": "" }

effectTest("what the guard would not see keeps the turn from being started", () =>
  Effect.gen(function* () {
    const named = [
      "./x:y.js",
      "./folder",
      "./ok",
      "./x.js",
      "../outside.js",
      "/outside.js",
      "file:///outside.js",
      "http://127.0.0.1/evil.tgz",
      "evil-plug@http://127.0.0.1/evil.tgz",
      "x@npm:evil@1",
      "x@../evil",
      "evil.tgz",
      "ann/evil",
      "github:ann/evil",
      ["evil@git+ssh://h/r", {}],
      { package: "http://h/e" },
      5,
    ]
    const files = { ...plain, "x:y.js": "", "folder/index.js": "", "x.ts": "" }
    for (const plugin of named) {
      const answer = yield* guarded({ ...files, "opencode.json": plugins("fine@1.0.0", plugin) })
      expect([plugin, Result.isFailure(answer) && answer.failure]).toEqual([plugin, expect.any(PluginUnguarded)])
    }
    const others: ReadonlyArray<Readonly<Record<string, string>>> = [
      { ".opencode/plugin/e:vil.js": "" },
      { ".opencode/plugins/own/e:vil.js": "" },
      { ".opencode/plugin/evil.js": "->../../../outside.js" },
      { ".opencode/plugin/evil.js": "->../../x:y.js", "x:y.js": "" },
      { ".opencode/plugin": "->../elsewhere", "elsewhere/e:vil.js": "" },
      { ".opencode": "->elsewhere", "elsewhere/tool/e:vil.js": "" },
      { ".opencode/opencode.jsonc": plugins("../x:y.js") },
      // for opencode the comment goes on to the end of the line
      { "opencode.json": `{ // \u2028 /*\n "plugins": ["./x:y.js"] // */\n}` },
      { "opencode.json": `{ "__proto__": ${plugins("./x:y.js")} }` },
      { "opencode.json": `{ "\\u0070lugin": ["./x:y.js"] }` },
      { "opencode.json": `{ "plugin": ["./x:y.js"], oh }` },
    ]
    for (const broken of others) {
      const answer = yield* guarded({ "x:y.js": "", ...broken })
      expect([broken, Result.isFailure(answer) && answer.failure]).toEqual([broken, expect.any(PluginUnguarded)])
    }
    const packaged = { "opencode.json": plugins("fine") }
    expect(Result.isFailure(yield* guarded(packaged, { cache: "c:d" }))).toBe(true)
    expect(Result.isFailure(yield* guarded({ ".opencode/plugin/a.js": "" }, { name: "a:b" }))).toBe(true)
  }),
)

effectTest("what the guard sees, and what names no plugin, keeps nothing from being started", () =>
  Effect.gen(function* () {
    const harmless: ReadonlyArray<Readonly<Record<string, string>>> = [
      {},
      { "opencode.json": "not { JSON: 'of any kind'" },
      {
        "opencode.jsonc": `{ // it has "plugin"s\n"plugin": ["./ok.js", "@ann/fine@^1.2.0", "fine"], /* ; */ }`,
        ...plain,
      },
      {
        ".opencode/opencode.json": `{ "$schema": "https://opencode.ai/config.json", "plugins": ["../ok.js"] }`,
        ...plain,
      },
      { ".opencode/plugins/a/b.ts": "", ".opencode/plugin": "->plugins" },
      { "opencode.json": plugins("./dist/missing.js", "./missing:it.js") },
      { ".opencode/command/a:b.md": "", "a:b.js": "" },
    ]
    for (const files of harmless) {
      const answer = yield* guarded(files)
      expect([files, Result.isSuccess(answer)]).toEqual([files, true])
    }
    expect(Result.isSuccess(yield* guarded({}, { cache: "c:d", name: "a:b" }))).toBe(true)
  }),
)
