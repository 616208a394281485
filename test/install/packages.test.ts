import { afterAll, beforeAll, expect, test } from "bun:test"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")
let place: string

const run = (words: ReadonlyArray<string>, cwd: string) => {
  const { exitCode, stderr, stdout } = Bun.spawnSync([...words], { cwd })
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stderr.toString()}`)
  return stdout.toString()
}

beforeAll(() => {
  place = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "kugetsu-pack-"))
})
afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

for (const name of ["core", "forge", "daemon", "cli"]) {
  const from = path.join(root, "packages", name)

  test(`the package of ${name} has its sources, its licence and a README, and nothing else`, () => {
    run([process.execPath, "pm", "pack", "--destination", place], from)
    const archive = path.join(
      place,
      `kugetsu-${name}-${JSON.parse(fs.readFileSync(path.join(from, "package.json"), "utf8")).version}.tgz`,
    )
    const packed = run(["tar", "-tzf", archive], place).trim().split("\n").sort()
    const sources = [...new Bun.Glob("src/**/*.ts").scanSync({ cwd: from })]
    expect(sources.length).toBeGreaterThan(20)
    expect(packed).toEqual(["LICENSE", "README.md", "package.json", ...sources].map((file) => `package/${file}`).sort())
    const license = fs.readFileSync(path.join(root, "LICENSE"), "utf8")
    expect(run(["tar", "-xzOf", archive, "package/LICENSE"], place)).toBe(license)
    const manifest = run(["tar", "-xzOf", archive, "package/package.json"], place)
    // what only this workspace understands
    expect(manifest).not.toMatch(/"(workspace|catalog):/)
    expect(JSON.parse(manifest)).toMatchObject({ license: "MIT", engines: { bun: ">=1.4.4" } })
  })
}

test("all packages and their dependencies on each other have one version", () => {
  const versions = ["core", "forge", "daemon", "cli"].map(
    (name) => JSON.parse(fs.readFileSync(path.join(root, "packages", name, "package.json"), "utf8")).version as string,
  )
  expect(new Set(versions).size).toBe(1)
})
