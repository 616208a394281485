import { Context, Effect, Layer, Option, Result } from "effect"
import type { ConfigInvalid, ConfigValues } from "./domain/Config.ts"
import { type ConfigInspection, inspectConfig } from "./domain/inspectConfig.ts"
import { resolveConfig } from "./domain/resolveConfig.ts"
import { isRunId, RunRequest } from "./domain/Run.ts"
import { withRunSettings } from "./domain/RunSettings.ts"
import { type HomeUnusable, readUtf8 } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { jsonFile, type RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome, userHome } from "./system/KugetsuHome.ts"

/** The values in force: environment variable, else `config`, else the default. */
export interface SettingsSnapshot extends ConfigValues {
  /** Sentences about keys of the file that do nothing. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * Names a run: this process goes by what was in force when that was asked for, whatever has become of `config`. For its
 * supervisor, and for the helpers of its git.
 */
export const SETTINGS_RUN = "KUGETSU_SETTINGS_RUN"

const requests = jsonFile(RunRequest)

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const environment = yield* HostEnvironment

  const sourceOf = (text: string) => ({ path: home.config, text, environment, home: userHome(environment) })
  const resolve = (text: string) => Effect.fromResult(resolveConfig(sourceOf(text)))
  const text = Effect.map(
    readUtf8(home.config),
    Option.getOrElse(() => ""),
  )

  const fromFile = Effect.gen(function* () {
    const { values, warnings } = yield* resolve(yield* text)
    return { ...values, warnings }
  })

  /** null: this process is not a run's, or its run was asked for before requests said what they go by. */
  const ofRun = Effect.gen(function* () {
    const run = environment[SETTINGS_RUN]
    if (run === undefined || !isRunId(run)) return null
    const request = yield* requests.find(home.run(run).request)
    return Option.match(request, { onNone: () => null, onSome: ({ settings }) => settings })
  })

  const load = Effect.gen(function* () {
    const settings = yield* ofRun
    const file = yield* Effect.result(fromFile)
    if (settings === null) return yield* Effect.fromResult(file)
    const values = Result.isSuccess(file) ? file.success : (yield* resolve("")).values
    return { ...withRunSettings(values, settings), warnings: [] }
  }).pipe(Effect.withSpan("Settings.load"))

  return Settings.of({ load, inspect: Effect.map(text, (read) => inspectConfig(sourceOf(read))) })
})

/** The configuration in force: an environment variable goes before the file, the file before the default. */
export class Settings extends Context.Service<
  Settings,
  {
    /** Read afresh at each call. */
    readonly load: Effect.Effect<SettingsSnapshot, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The same for people: where each value is from, and every fault there is. */
    readonly inspect: Effect.Effect<ConfigInspection, HomeUnusable>
  }
>()("@kugetsu/core/Settings") {
  static readonly layer = Layer.effect(Settings, make)
}
