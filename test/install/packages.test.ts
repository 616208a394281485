import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const root = path.join(import.meta.dirname, "..", "..")

const run = (words: ReadonlyArray<string>, cwd: string, env: Record<string, string> = {}) => {
  const { exitCode, stderr, stdout } = Bun.spawnSync([...words], {
    cwd,
    env: { PATH: process.env.PATH!, HOME: cwd, npm_config_update_notifier: "false", ...env },
  })
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr.toString()}`)
  return stdout.toString()
}

effectTest("the npm package of the command is the program, its licence and a README, and runs by itself", () =>
  Effect.gen(function* () {
    const place = yield* temporaryDirectory
    const from = path.join(place, "npm")
    run([process.execPath, path.join(root, "scripts", "npm.ts"), from], root)
    run([process.execPath, path.join(root, "scripts", "npm.ts"), from], root)
    run(["npm", "pack", "--offline", "--pack-destination", place], from)
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "packages/cli/package.json"), "utf8"))
    const archive = path.join(place, `kugetsu-${version}.tgz`)
    const packed = run(["tar", "-tzf", archive], place).trim().split("\n")
    const others = packed.filter((file) => !/^package\/dist\/[\w-]+\.js$/.test(file))
    expect(others.sort()).toEqual(["package/LICENSE", "package/README.md", "package/package.json"])
    run(["tar", "-xzf", archive], place)
    const manifest = JSON.parse(fs.readFileSync(path.join(place, "package", "package.json"), "utf8"))
    expect(manifest).toMatchObject({ name: "kugetsu", license: "MIT", bin: { kugetsu: "dist/kugetsu.js" } })
    expect(manifest.dependencies).toBeUndefined()
    const program = path.join(place, "package", manifest.bin.kugetsu)
    expect(fs.readFileSync(program, "utf8")).toStartWith("#!/usr/bin/env bun\n")
    expect(run([process.execPath, program, "--version"], place)).toContain(version)
    const names = run([process.execPath, program, "server", "list"], place, { KUGETSU_DIR: path.join(place, "home") })
    expect(names).toContain("https://codeberg.org")
  }),
)

effectTest("a directory with anything else in it than such a package, and a file, are no place for one, and stay", () =>
  Effect.gen(function* () {
    const place = yield* temporaryDirectory
    const clone = path.join(place, "clone")
    fs.mkdirSync(path.join(clone, "dist"), { recursive: true })
    for (const name of ["package.json", "notes"]) fs.writeFileSync(path.join(clone, name), name)
    const refused = (words: ReadonlyArray<string>, cwd: string) => {
      const argv = [process.execPath, path.join(root, "scripts", "npm.ts"), ...words]
      const { exitCode, stderr } = Bun.spawnSync(argv, { cwd })
      return { exitCode, said: stderr.toString() }
    }
    expect(refused(["."], clone)).toEqual({ exitCode: 1, said: expect.stringContaining("something else") })
    expect(fs.readdirSync(clone).sort()).toEqual(["dist", "notes", "package.json"])
    expect(refused([path.join(clone, "notes")], place)).toEqual({
      exitCode: 1,
      said: expect.stringContaining("no directory"),
    })
    expect(fs.readFileSync(path.join(clone, "notes"), "utf8")).toBe("notes")
    expect(fs.readdirSync(place)).toEqual(["clone"])
  }),
)

test("all packages have one version, and those that nobody is given are private", () => {
  const manifests = ["core", "forge", "daemon", "cli"].map((name) =>
    JSON.parse(fs.readFileSync(path.join(root, "packages", name, "package.json"), "utf8")),
  )
  expect(new Set(manifests.map(({ version }) => version)).size).toBe(1)
  expect(manifests.map(({ private: own }) => own ?? false)).toEqual([false, true, true, true])
})
