import { expect, test } from "bun:test"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const script = path.join(import.meta.dirname, "..", "..", ".ci", "run")

const summary = (passed: number, failed: number) =>
  `echo ' ${passed} pass' >&2; echo ' ${failed} fail' >&2; echo 'Ran ${passed + failed} tests across 2 files. [1s]' >&2`

/** What `.ci/run` says last, and its exit code, where the README's command does this. */
const sumUp = async (command: string, env: Record<string, string> = {}) => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-ci-"))
  try {
    // all that it looks for is there, so that it installs nothing
    for (const [name, body] of [
      ["npx", command],
      ["sshd", ""],
      ["systemctl", ""],
    ] as const) {
      fs.writeFileSync(path.join(place, name), `#!/usr/bin/env bash\n${body}\n`, { mode: 0o755 })
    }
    const child = Bun.spawn(["bash", script], {
      env: { PATH: `${place}:${process.env.PATH}`, TMPDIR: place, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    })
    const text = await new Response(child.stdout).text()
    return [text.trimEnd().split("\n").at(-1), await child.exited]
  } finally {
    const left = path.join(place, "left")
    if (fs.existsSync(left)) process.kill(Number(fs.readFileSync(left, "utf8")))
    fs.rmSync(place, { recursive: true, force: true })
  }
}

test("it runs the README's command, and its last line counts what passed and failed", async () => {
  expect(await sumUp(`[ "$*" = "-y bun@1.4.4 run check" ] && { ${summary(12, 0)}; }`)).toEqual([
    "12 passed, 0 failed",
    0,
  ])
  expect(await sumUp(`${summary(11, 2)}; exit 1`)).toEqual(["11 passed, 2 failed", 1])
})

for (const [what, command, line, code] of [
  ["ends before the tests", "echo 'error TS2322'; exit 2", "0 passed, 1 failed", 2],
  ["ends well without a summary", "echo ' 3 pass'; exit 0", "3 passed, 1 failed", 1],
  ["is killed in the middle", "echo ' 3 pass'; kill -9 $$", "3 passed, 1 failed", 137],
  ["has run no test", summary(0, 0), "0 passed, 1 failed", 1],
  ["fails after all tests passed", `${summary(3, 0)}; exit 9`, "3 passed, 1 failed", 9],
] as const) {
  test(`a run that ${what} is a failure`, async () => {
    expect(await sumUp(command)).toEqual([line, code])
  })
}

test("a run that takes too long is ended, and is a failure", async () => {
  expect(await sumUp("sleep 300", { CI_TIME_LIMIT: "1" })).toEqual(["0 passed, 1 failed", 124])
})

test("a process that was left behind does not hold it up", async () => {
  const leave = `setsid sh -c 'echo $$ > "$TMPDIR/left"; exec sleep 300' & until [ -s "$TMPDIR/left" ]; do :; done`
  expect(await sumUp(`${leave}; ${summary(1, 0)}`)).toEqual(["1 passed, 0 failed", 0])
})
