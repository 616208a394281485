import { expect, test } from "bun:test"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..", "..")
const scripts = ["install.sh", ...new Bun.Glob("skills/**/*.sh").scanSync({ cwd: root })].sort()

test("there are four scripts for people, and each is understood by every shell here", () => {
  expect(scripts).toHaveLength(4)
  for (const shell of ["dash", "bash", "sh"].filter((name) => Bun.which(name) !== null)) {
    for (const script of scripts) {
      const { exitCode, stderr } = Bun.spawnSync([shell, "-n", script], { cwd: root })
      expect({ script, shell, exitCode, stderr: stderr.toString() }).toEqual({ script, shell, exitCode: 0, stderr: "" })
    }
  }
})

const clean = "shellcheck has nothing to say of the scripts for people"
if (Bun.which("shellcheck") === null) test.skip(`${clean} (shellcheck is not here)`, () => undefined)
else {
  test(clean, () => {
    expect(Bun.spawnSync(["shellcheck", ...scripts], { cwd: root }).stdout.toString()).toBe("")
  })
}
