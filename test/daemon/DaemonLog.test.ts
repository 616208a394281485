import { expect } from "bun:test"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import * as DaemonLog from "@kugetsu/daemon/DaemonLog"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const say = (words: string, home: string, rotation?: { readonly limit: number; readonly kept: number }) =>
  Effect.logInfo(words).pipe(
    Effect.provide(
      DaemonLog.layer({ quiet: true, ...(rotation && { rotation }) }).pipe(Layer.provide(KugetsuHome.at(home))),
    ),
  )

/** The words of each file of the log, newest file first. */
const filesOf = (home: string) => {
  const dir = path.join(home, "queue")
  return fs
    .readdirSync(dir)
    .sort()
    .map((name) => [name, fs.readFileSync(path.join(dir, name), "utf8").match(/word\d+/g) ?? []] as const)
}

effectTest("a log that has reached its limit is put aside whole, and the oldest of those kept goes", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    // two lines reach it
    const rotation = { limit: 100, kept: 3 }
    for (let n = 10; n < 20; n++) yield* say(`word${n}`, home, rotation)
    expect(filesOf(home)).toEqual([
      ["daemon.log", ["word18", "word19"]],
      ["daemon.log.1", ["word16", "word17"]],
      ["daemon.log.2", ["word14", "word15"]],
      ["daemon.log.3", ["word12", "word13"]],
    ])
    expect(fs.statSync(path.join(home, "queue", "daemon.log")).mode & 0o777).toBe(0o600)
  }),
)

effectTest("the daemon's log is put aside at 10 MB, not before", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const log = path.join(home, "queue", "daemon.log")
    fs.mkdirSync(path.dirname(log))
    const limit = 10 * 1024 * 1024
    for (const [size, files] of [
      [limit - 1, 1],
      [limit, 2],
    ] as const) {
      fs.writeFileSync(log, "")
      fs.truncateSync(log, size)
      yield* say("word10", home)
      expect(fs.readdirSync(path.dirname(log))).toHaveLength(files)
    }
    expect(fs.statSync(`${log}.1`).size).toBe(limit)
  }),
)
