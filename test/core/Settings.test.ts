import { expect } from "bun:test"
import { runSettingsOf } from "@kugetsu/core/domain/RunSettings"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { runId, runRequest } from "../kit/records.ts"
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

effectTest(
  "a process of a run goes by what was in force when the run was asked for, also while the file is broken",
  () =>
    Effect.gen(function* () {
      const root = yield* temporaryDirectory
      const load = (environment: Record<string, string> = {}) =>
        Effect.flatMap(Settings, ({ load }) => load).pipe(Effect.provide(settingsIn(root, environment)))
      const config = [
        "KUGETSU_TEMP_DIR=/srv/tmp",
        "GIT_AUTHOR_NAME=Ann",
        "GIT_AUTHOR_EMAIL=ann@example.org",
        "KUGETSU_MODEL=one/model",
        "KUGETSU_PM_MODEL=one/other",
        "KUGETSU_BASE_BRANCH=trunk",
        "OPENCODE_BIN=/srv/opencode",
        "DEFAULT_GIT_SERVER=work",
        "GIT_SERVERS=work=https://git.example.org",
      ]
      fs.writeFileSync(`${root}/config`, config.join("\n"))
      const inForce = yield* load()
      const requests = Runs.layer.pipe(Layer.provide(KugetsuHome.at(root)))
      const [run, older] = [runId("inrun1"), runId("older1")]
      yield* Effect.gen(function* () {
        const runs = yield* Runs
        yield* runs.create(runRequest(run, { settings: runSettingsOf(inForce) }))
        yield* runs.create(runRequest(older))
      }).pipe(Effect.provide(requests))

      for (const text of ["KUGETSU_MODEL=another/model\n", "KUGETSU_MODEL=`id`\n", Uint8Array.of(0xff, 0xfe)]) {
        fs.writeFileSync(`${root}/config`, text)
        expect(yield* load({ KUGETSU_SETTINGS_RUN: run })).toEqual(inForce)
      }
      for (const process of [{}, { KUGETSU_SETTINGS_RUN: older }, { KUGETSU_SETTINGS_RUN: "../../etc" }]) {
        expect(yield* Effect.flip(load(process))).toMatchObject({ _tag: "HomeUnusable", path: `${root}/config` })
      }
      fs.writeFileSync(`${root}/config`, "MAX_CONCURRENT_AGENTS=5\nKUGETSU_MODEL=another/model\n")
      expect(yield* load({ KUGETSU_SETTINGS_RUN: run })).toMatchObject({ maxConcurrentAgents: 5, model: "one/model" })
    }),
)
