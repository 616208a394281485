import { expect, setDefaultTimeout, test } from "bun:test"
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

test("every crash point of launcher, supervisor and daemon is in their code, once, and none is without an experiment", () => {
  const sources = path.join(import.meta.dirname, "../../packages/daemon/src")
  const files = [...new Bun.Glob("**/*.ts").scanSync({ cwd: sources })]
  const text = files.map((name) => fs.readFileSync(path.join(sources, name), "utf8"))
  const named = text.flatMap((source) => [...source.matchAll(/crashPoint\("([^"]+)"\)/g)].map(([, name]) => name!))
  expect(named.sort()).toEqual([...runCrashPoints].sort())
  expect(runCrashPoints.filter((point) => !crashPoints.includes(point))).toEqual([])
  expect(short.filter((point) => !crashPoints.includes(point))).toEqual([])
})
