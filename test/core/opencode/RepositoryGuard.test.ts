import { expect } from "bun:test"
import { writeRepositoryGuard } from "@kugetsu/core/opencode/RepositoryGuard"
import { Effect } from "effect"
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
      module("cache", "node_modules", "provider", "index.js"),
      module("a (work) tree+[x]-2", "good.js"),
    ]
    fs.writeFileSync(
      path.join(worktree, "opencode.jsonc"),
      `{ // comment\n"plugin": ["./evil.ts", "evil-package@1.2.3", ["@evil/other", { "a": [1] }]], "plugins": [{ "package": "evil-two" }],\n"provider": { "npm": "provider" } }`,
    )
    const guard = yield* writeRepositoryGuard(worktree, root)
    const script = `await import(${JSON.stringify(guard)})
for (const file of ${JSON.stringify(files)}) console.log(String((await import(file)).default.ran))`
    const child = Bun.spawnSync([process.execPath, "-e", script], { cwd: root })
    expect(child.stdout.toString().split("\n")).toEqual([
      ...Array.from({ length: 6 }, () => "undefined"),
      "cache/node_modules/provider/index.js",
      "a (work) tree+[x]-2/good.js",
      "",
    ])
  }),
)
