import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { cleanUp } from "@kugetsu/daemon/cleanUp"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const uuid = "0b8e7c1a-3f52-4d0e-9a6b-1c2d3e4f5a6b"

effectTest("what killed writers left beside any record goes after an hour, and nothing else does", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const put = (name: string, ageMs: number) => {
      const file = path.join(home, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, "")
      const time = new Date(Date.now() - ageMs)
      fs.utimesSync(file, time, time)
      return file
    }
    const hoursMs = 2 * 3_600_000
    const dirs = ["", "env", "sessions", "context", "queue", "queue/bad", "runs/r_1", "runs/r_2", "agents/a"]
    const abandoned = dirs.map((dir) => put(path.join(dir, `.record.json.${uuid}.tmp`), hoursMs))
    const kept = [
      ...dirs.map((dir) => put(path.join(dir, `.fresh.json.${uuid}.tmp`), 60_000)),
      put(".record.json.tmp", hoursMs),
      put(`.record.json.${uuid}.tmp.orig`, hoursMs),
      put(`record.json.${uuid}.tmp`, hoursMs),
      put(`worktrees/tree/.record.json.${uuid}.tmp`, hoursMs),
      put("agents/stray file", hoursMs),
    ]
    const directory = path.join(home, `.directory.${uuid}.tmp`)
    fs.mkdirSync(directory)
    fs.utimesSync(directory, new Date(0), new Date(0))
    yield* Effect.flatMap(Settings, ({ load }) => Effect.flatMap(load, cleanUp)).pipe(
      Effect.provide(
        Layer.mergeAll(Contexts.layer, FileQueue.layer, Notifications.layer, ProcessesLive, Layer.mock(Agent, {})).pipe(
          Layer.provideMerge(Layer.mergeAll(Runs.layer, Sessions.layer, Settings.layer, EnvFiles.layer)),
          Layer.provideMerge(KugetsuHome.at(home)),
          Layer.provideMerge(Layer.succeed(HostEnvironment, {})),
        ),
      ),
    )
    expect(abandoned.filter((file) => fs.existsSync(file))).toEqual([])
    expect([...kept, directory].filter((file) => !fs.existsSync(file))).toEqual([])
  }),
)
