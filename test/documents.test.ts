import { ExitCode } from "@kugetsu/core/domain/Failure"
import { expect, test } from "bun:test"
import { commandReference } from "../packages/cli/src/commandReference.ts"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const top = path.join(import.meta.dirname, "..")
const textOf = (file: string) => fs.readFileSync(path.join(top, file), "utf8")

test("README.md has the one table of exit codes, and all of them in it", () => {
  const codesIn = (file: string) => [...textOf(file).matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code))
  // 143 is that of a process that SIGTERM ended
  expect(codesIn("README.md")).toEqual([...Object.values(ExitCode), 143])
  expect(codesIn("docs/formats.md")).toEqual([])
})

test("the check of the lock file in CONTRIBUTING.md finds what is only wished for, and is content with what is there", () => {
  const [script = ""] = /^for package in[^]*?^done$/m.exec(textOf("CONTRIBUTING.md")) ?? []
  const names = script.match(/[@a-z][\w@/-]*-arm64[\w-]*/g) ?? []
  expect(names.length).toBeGreaterThan(4)
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-lock-"))
  try {
    const check = (lines: ReadonlyArray<string>) => {
      fs.writeFileSync(path.join(place, "bun.lock"), lines.join("\n"))
      return Bun.spawnSync(["sh", "-c", script], { cwd: place }).stdout.toString().trim().split("\n")
    }
    expect(check(names.map((name) => `    "x": ["x@1", "", { "optionalDependencies": { "${name}": "1" } }],`))).toEqual(
      names.map((name) => `missing: ${name}`),
    )
    expect(check(names.map((name) => `    "${name}": ["${name}@1", "", { "os": "any" }],`))).toEqual([""])
  } finally {
    fs.rmSync(place, { recursive: true })
  }
})

test("docs/cli.md is what `bun run docs` makes of the commands of today", async () => {
  expect(textOf("docs/cli.md")).toBe(await commandReference())
})
