import { expect } from "bun:test"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const settingsIn = (root: string, environment: Record<string, string> = {}) =>
  Settings.layer.pipe(
    Layer.provide(KugetsuHome.at(root)),
    Layer.provide(Layer.succeed(HostEnvironment, { HOME: "/home/ann", ...environment })),
  )

effectTest("the file is read afresh at each call, and without one the defaults are in force", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      const settings = yield* Settings
      expect(yield* settings.load).toMatchObject({
        maxConcurrentAgents: 3,
        tempDir: "/home/ann/.local/share/opencode/tool-output",
      })
      fs.writeFileSync(`${root}/config`, "MAX_CONCURRENT_AGENTS=5\r\nMAX_CONCURENT_AGENTS=6\r\n")
      const loaded = yield* settings.load
      expect(loaded.maxConcurrentAgents).toBe(5)
      expect(loaded.warnings).toEqual([
        `${root}/config:2: MAX_CONCURENT_AGENTS is not known; did you mean MAX_CONCURRENT_AGENTS?`,
      ])
    }).pipe(Effect.provide(settingsIn(root)))
  }),
)

effectTest("a variable of this process's environment wins", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    fs.writeFileSync(`${root}/config`, "TASK_TIMEOUT_HOURS=2\nTRASH_DAYS=1\n")
    const loaded = yield* Effect.flatMap(Settings, ({ load }) => load).pipe(
      Effect.provide(settingsIn(root, { TASK_TIMEOUT_HOURS: "0.5" })),
    )
    expect(loaded).toMatchObject({ taskTimeoutMs: 1_800_000, trashAgeMs: 86_400_000 })
  }),
)

effectTest("a file that is wrong, or no text, is an error with its path, never the defaults", () =>
  Effect.gen(function* () {
    const root = yield* temporaryDirectory
    const load = Effect.flip(Effect.flatMap(Settings, ({ load }) => load)).pipe(Effect.provide(settingsIn(root)))
    fs.writeFileSync(`${root}/config`, "A=1\nTASK_TIMEOUT_HOURS=`id`\n")
    expect(yield* load).toMatchObject({ _tag: "ConfigInvalid", where: `${root}/config:2`, code: 78 })
    fs.writeFileSync(`${root}/config`, Uint8Array.of(0x41, 0x3d, 0xff, 0xfe))
    expect(yield* load).toMatchObject({ _tag: "HomeUnusable", path: `${root}/config`, reason: "it is not UTF-8 text" })
  }),
)
