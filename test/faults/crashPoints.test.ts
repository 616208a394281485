import { expect, setDefaultTimeout, test } from "bun:test"
import { sessionCrashPoints } from "@kugetsu/core/opencode/crashPoints"
import { runCrashPoints } from "@kugetsu/daemon/crashPoints"
import * as fs from "node:fs"
import * as path from "node:path"
import { crashAt, crashPoints } from "./crashPoints.ts"

// what is started is ended by the experiment itself, also when the machine is slow
setDefaultTimeout(240_000)

/** Those at which something was started or ended that must not be so twice; the long form kills at every one. */
const short = [
  "queue.enqueue.linked",
  "queue.claim.moved",
  "queue.settle.moved",
  "queue.release.moved",
  "launch.claimed",
  "launch.requested",
  "launch.spawned",
  "run.started",
  "run.spawned",
  "run.exit",
  "run.misplaced",
  "quarantine.moved",
  "lost.exit",
  "pull_request.brought",
  "cleanup.removed",
  "daemon.settled",
]

for (const point of short) {
  test(`killed at ${point}, everything ends in one outcome, and nothing was started twice`, async () => {
    expect(await crashAt(point)).toEqual([])
  })
}

const inCode = (directory: string): ReadonlyArray<string> => {
  const sources = path.join(import.meta.dirname, "../../packages", directory)
  return [...new Bun.Glob("**/*.ts").scanSync({ cwd: sources })]
    .flatMap((name) => [...fs.readFileSync(path.join(sources, name), "utf8").matchAll(/crashPoint\("([^"]+)"\)/g)])
    .map(([, name]) => name!)
    .sort()
}

test("every crash point of launcher, supervisor, daemon and sessions is in their code, once, and none is without an experiment", () => {
  expect(inCode("daemon/src")).toEqual([...runCrashPoints].sort())
  expect(inCode("core/src/opencode")).toEqual([...sessionCrashPoints].sort())
  const all = [...runCrashPoints, ...sessionCrashPoints, ...short]
  expect(all.filter((point) => !crashPoints.includes(point))).toEqual([])
})
