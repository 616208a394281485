import { expect, test } from "bun:test"
import * as fs from "node:fs"
import * as path from "node:path"
import { importsOf, manifestFaults, sourceFaults } from "./kit/architecture.ts"

const root = path.join(import.meta.dirname, "..")

const filesOf = (pattern: string) =>
  [...new Bun.Glob(pattern).scanSync({ cwd: root })]
    .filter((file) => !file.includes("node_modules"))
    .sort()
    .map((file) => ({ path: file, text: fs.readFileSync(path.join(root, file), "utf8") }))

test("every source file keeps to the directions between packages and inside core", () => {
  const files = [...filesOf("packages/*/src/**/*.ts"), ...filesOf("test/**/*.ts"), ...filesOf("scripts/*.ts")]
  expect(files.length).toBeGreaterThan(30)
  expect(files.flatMap(sourceFaults)).toEqual([])
})

test("every package.json declares only what its package may know", () => {
  const manifests = [...filesOf("packages/*/package.json"), ...filesOf("test/package.json")]
  expect(manifests).toHaveLength(5)
  expect(manifests.flatMap(manifestFaults)).toEqual([])
})

test("the tree in ARCHITECTURE.md names each file of the packages, and no other", () => {
  const [, tree = ""] = fs.readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8").split("## Where things are")
  const packages = tree.slice(tree.indexOf("packages/core"), tree.indexOf("\nscripts/"))
  const words = [...packages.matchAll(/^ +\w+\/ .*: (.*)$/gm)].flatMap((match) => match[1]!.split(" "))
  const named = [...packages.matchAll(/^ +(\w+) +\S/gm)].map((match) => match[1]!)
  const files = filesOf("packages/*/src/**/*.ts").map((file) => path.basename(file.path, ".ts"))
  expect([...named, ...words].sort()).toEqual(files.sort())
})

const planted: ReadonlyArray<readonly [what: string, file: string, text: string, fault: string]> = [
  [
    "core importing forge",
    "packages/core/src/X.ts",
    'import { A } from "@kugetsu/forge/A"',
    "core may not depend on forge",
  ],
  ["a type alone", "packages/forge/src/X.ts", 'import type { A } from "@kugetsu/daemon/A"', "may not depend on daemon"],
  [
    "an import over several lines",
    "packages/daemon/src/X.ts",
    'import {\n  type A,\n  b,\n} from "@kugetsu/cli/A"',
    "daemon may not depend on cli",
  ],
  [
    "a dynamic import",
    "packages/core/src/X.ts",
    'const a = await import("@kugetsu/cli/main")',
    "may not depend on cli",
  ],
  ["an import for effect only", "packages/core/src/X.ts", 'import "@kugetsu/daemon/main"', "may not depend on daemon"],
  [
    "a path out of the package",
    "packages/forge/src/X.ts",
    'import { a } from "../../core/src/A.ts"',
    "outside its package",
  ],
  ["the tests", "packages/cli/src/X.ts", 'import { a } from "../../../test/kit/a.ts"', "outside its package"],
  ["the tests by name", "packages/cli/src/X.ts", 'import { a } from "@kugetsu/test/kit/a"', "may not depend on test"],
  [
    "scripts importing a package's neighbour",
    "scripts/x.ts",
    'import { a } from "@kugetsu/core/A"',
    "may not depend on core",
  ],
  [
    "domain looking at system",
    "packages/core/src/domain/X.ts",
    'import { a } from "../system/Files.ts"',
    "domain may not",
  ],
  [
    "domain looking at a service",
    "packages/core/src/domain/X.ts",
    'import type { A } from "../Agent.ts"',
    "domain may not",
  ],
  ["domain touching files", "packages/core/src/domain/X.ts", 'import * as fs from "node:fs"', "domain is pure"],
  ["system looking at a service", "packages/core/src/system/X.ts", 'import { A } from "../Agent.ts"', "system may not"],
  ["a re-export", "packages/core/src/X.ts", 'export { a, b } from "./A.ts"', "re-exports"],
  ["a whole barrel", "packages/core/src/X.ts", 'export * from "./A.ts"', "re-exports"],
  ["a barrel of types", "packages/core/src/X.ts", 'export type { A } from "./A.ts"', "re-exports"],
  ["a barrel under a name", "packages/core/src/X.ts", 'export * as A from "./A.ts"', "re-exports"],
  ["a default export", "packages/core/src/X.ts", "export default 1", "default export"],
  [
    "a default export by another name",
    "packages/core/src/X.ts",
    "const a = 1\nexport { a as default }",
    "default export",
  ],
  ["a name that says nothing", "packages/core/src/utils.ts", "", "says nothing"],
]

for (const [what, file, text, fault] of planted) {
  test(`${what} is noticed`, () => {
    const faults = sourceFaults({ path: file, text })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(fault)
  })
}

test("a dependency that is declared against the direction, or a forge client outside forge, is noticed", () => {
  const manifest = (kind: string, name: string) => JSON.stringify({ [kind]: { [name]: "1" } })
  const faultsOf = (pkg: string, kind: string, name: string) =>
    manifestFaults({ path: `packages/${pkg}/package.json`, text: manifest(kind, name) })
  expect(faultsOf("core", "devDependencies", "@kugetsu/test")[0]).toContain("core may not depend on test")
  expect(faultsOf("forge", "dependencies", "@kugetsu/cli")[0]).toContain("forge may not depend on cli")
  expect(faultsOf("cli", "dependencies", "@octokit/rest")[0]).toContain("only forge knows")
  expect(faultsOf("forge", "dependencies", "@octokit/rest")).toEqual([])
  expect(faultsOf("cli", "dependencies", "@kugetsu/core")).toEqual([])
})

test("what is allowed is not noticed, and text that only looks like an import is none", () => {
  const text = [
    'import { A } from "@kugetsu/core/A"',
    'import { b } from "./b.ts"',
    "/** Imports `x` from here. */",
    'export const from = "@kugetsu/cli/x"',
    'export type { A } from "./a.ts"',
    "export const a = 1",
  ].join("\n")
  expect(sourceFaults({ path: "packages/daemon/src/X.ts", text })).toEqual([])
  expect(importsOf(text)).toEqual(["@kugetsu/core/A", "./b.ts", "./a.ts"])
  const inSystem = 'import { a } from "../domain/A.ts"\nimport * as fs from "node:fs"'
  expect(sourceFaults({ path: "packages/core/src/system/X.ts", text: inSystem })).toEqual([])
})
