import { expect, test } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const root = path.join(import.meta.dirname, "..", "..")
interface Step {
  readonly uses?: string
  readonly name?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
const stepsOf = (name: string): ReadonlyArray<Step> => {
  const text = fs.readFileSync(path.join(root, ".github", "workflows", `${name}.yml`), "utf8")
  const { jobs } = Bun.YAML.parse(text) as { jobs: Record<string, { steps: ReadonlyArray<Step> }> }
  return jobs[name]!.steps
}

effectTest("a release of a version with a - is a prerelease, and no other is", () =>
  Effect.gen(function* () {
    const place = yield* temporaryDirectory
    fs.writeFileSync(path.join(place, "gh"), '#!/bin/sh\necho "$*" >>"$0.asked"\n', { mode: 0o755 })
    const publish = stepsOf("release").find(({ name }) => name?.startsWith("Publish"))!.run!
    const created = (tag: string) => {
      fs.rmSync(path.join(place, "gh.asked"), { force: true })
      const env = { PATH: `${place}:/usr/bin:/bin`, TAG: tag }
      expect(Bun.spawnSync(["bash", "-e", "-c", publish], { cwd: place, env }).exitCode).toBe(0)
      return fs.readFileSync(path.join(place, "gh.asked"), "utf8").split("\n")[0]
    }
    expect(created("v1.2.3-rc.1")).toContain("release create v1.2.3-rc.1 --prerelease --draft")
    for (const tag of ["v1.2.3", "v1.2.3+linux-2"]) expect(created(tag)).not.toContain("--prerelease")
  }),
)

test("where a workflow may write, the code that it runs finds no credentials in the clone", () => {
  const [checkout] = stepsOf("release").filter(({ uses }) => uses?.startsWith("actions/checkout@"))
  expect(checkout?.with?.["persist-credentials"]).toBe(false)
})

test("what root alone can make is built for and tested as root, file by file", () => {
  const steps = stepsOf("check").flatMap(({ run }) => run ?? [])
  const asRoot = steps.findIndex((run) => run.startsWith("sudo env"))
  expect(steps.slice(0, asRoot)).toContainEqual(expect.stringMatching(/ run build$/))
  const files = steps.slice(asRoot).flatMap((run) => run.match(/test\/\S+\.test\.ts/g) ?? [])
  expect(files).toContain("test/e2e/systemd.test.ts")
  for (const file of files) expect(fs.existsSync(path.join(root, file))).toBe(true)
})
