import { expect } from "bun:test"
import { readPersonConfiguration } from "@kugetsu/core/opencode/PersonConfiguration"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

/** Files below a home; objects are written as JSON. */
const homeWith = Effect.fnUntraced(function* (files: Readonly<Record<string, unknown>>) {
  const home = yield* temporaryDirectory
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
    fs.writeFileSync(path.join(home, name), typeof content === "string" ? content : JSON.stringify(content))
  }
  return home
})

effectTest("every variable that any of the files names is found, and nothing else", () =>
  Effect.gen(function* () {
    const HOME = yield* homeWith({
      ".config/opencode/config.json": { username: "{env:FROM_CONFIG}" },
      ".config/opencode/opencode.json": { provider: { a: { options: { apiKey: "{env:FROM_JSON}" } } } },
      ".config/opencode/opencode.jsonc":
        '{ // a comment\n "mcp": { "m": { "environment": { "X": "{env:FROM_JSONC}" } } }, }',
      "other.json": { provider: { b: { env: ["FROM_PROVIDER", "AND_ANOTHER"] } } },
      ".opencode/opencode.json": { theme: "{env:FROM_DOT}" },
      "dir/opencode.json": { theme: "{env:FROM_DIR}" },
      "repository/opencode.json": { theme: "{env:FROM_REPOSITORY}" },
    })
    const { variables } = yield* readPersonConfiguration({
      HOME,
      OPENCODE_CONFIG: path.join(HOME, "other.json"),
      OPENCODE_CONFIG_DIR: path.join(HOME, "dir"),
      PWD: path.join(HOME, "repository"),
    })
    expect([...variables].sort()).toEqual(
      ["AND_ANOTHER", "FROM_CONFIG", "FROM_DIR", "FROM_DOT", "FROM_JSON", "FROM_JSONC", "FROM_PROVIDER"].sort(),
    )
  }),
)

effectTest("without any file there is nothing to know", () =>
  Effect.gen(function* () {
    const person = yield* readPersonConfiguration({ HOME: yield* temporaryDirectory })
    expect(person).toEqual({ variables: new Set(), model: null, providers: new Map(), permissions: [] })
  }),
)

effectTest("without a HOME the person's own directory counts, and never the current one", () =>
  Effect.gen(function* () {
    const elsewhere = yield* homeWith({
      ".config/opencode/opencode.json": { theme: "{env:FROM_HERE}" },
      ".opencode/opencode.json": { theme: "{env:FROM_HERE_TOO}" },
      "x/opencode/opencode.json": { permission: { bash: { "~/secret/*": "deny", $HOME: "deny" } } },
    })
    const here = process.cwd()
    yield* Effect.acquireRelease(
      Effect.sync(() => process.chdir(elsewhere)),
      () => Effect.sync(() => process.chdir(here)),
    )
    const { permissions, variables } = yield* readPersonConfiguration({
      HOME: "",
      XDG_CONFIG_HOME: path.join(elsewhere, "x"),
    })
    expect([...variables].filter((name) => name.startsWith("FROM_HERE"))).toEqual([])
    expect(permissions.map(({ pattern }) => pattern)).toEqual([`${os.homedir()}/secret/*`, os.homedir()])
  }),
)

effectTest("the model is that of the last file that names one, and the agent's own goes before it", () =>
  Effect.gen(function* () {
    const files = { "x/opencode/opencode.json": { model: "a/one" }, "other.json": { model: "{env:PROVIDER}/two" } }
    const home = yield* homeWith(files)
    const env = { HOME: "/nowhere", XDG_CONFIG_HOME: path.join(home, "x") }
    const modelIn = (more: object) => Effect.map(readPersonConfiguration({ ...env, ...more }), ({ model }) => model)
    expect(yield* modelIn({})).toBe("a/one")
    expect(yield* modelIn({ OPENCODE_CONFIG: path.join(home, "other.json"), PROVIDER: "b" })).toBe("b/two")
    fs.writeFileSync(path.join(home, "own.json"), JSON.stringify({ agent: { build: { model: "c/three" } } }))
    expect(yield* modelIn({ OPENCODE_CONFIG: path.join(home, "own.json") })).toBe(null)
  }),
)

effectTest("rules come in order, an ask is an allow, and a home in a path is the home", () =>
  Effect.gen(function* () {
    const HOME = yield* homeWith({
      ".config/opencode/opencode.json": {
        permission: { "*": "ask", bash: { "*": "ask", "rm *": "deny" }, read: { "~/secret/*": "deny" }, edit: "allow" },
      },
      "more.json": { permission: "deny" },
    })
    const { permissions } = yield* readPersonConfiguration({ HOME, OPENCODE_CONFIG: path.join(HOME, "more.json") })
    expect(permissions.map((rule) => [rule.permission, rule.pattern, rule.action].join(" "))).toEqual([
      "* * allow",
      "bash * allow",
      "bash rm * deny",
      `read ${HOME}/secret/* deny`,
      "edit * allow",
      "* * deny",
    ])
  }),
)

effectTest("a file that opencode would not read is named, and no key in it is told", () =>
  Effect.gen(function* () {
    const faults = [
      ['{ "model": ', "no JSON"],
      ['{ "permission": { "bash": "sk-secret" } }', "permission.bash"],
      ['{ "provider": { "p": { "options": "{env:KEY}" } } }', "provider.p.options"],
    ] as const
    for (const [content, where] of faults) {
      const HOME = yield* homeWith({ ".config/opencode/opencode.json": content })
      const failure = yield* Effect.flip(readPersonConfiguration({ HOME, KEY: "sk-secret" }))
      expect(failure).toMatchObject({ _tag: "ConfigInvalid", code: 78 })
      expect(failure.message).toContain(path.join(HOME, ".config/opencode/opencode.json"))
      expect(failure.message).toContain(where)
      expect(failure.message).not.toContain("sk-secret")
    }
  }),
)
