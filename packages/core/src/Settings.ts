import { Context, Effect, Layer, Option } from "effect"
import type { ConfigInvalid, ConfigValues } from "./domain/Config.ts"
import { resolveConfig } from "./domain/resolveConfig.ts"
import { type HomeUnusable, readUtf8 } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { KugetsuHome, userHome } from "./system/KugetsuHome.ts"

/** The values in force: environment variable, else `config`, else the default. */
export interface SettingsSnapshot extends ConfigValues {
  /** Sentences about keys of the file that do nothing. */
  readonly warnings: ReadonlyArray<string>
}

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const environment = yield* HostEnvironment

  const load = Effect.gen(function* () {
    const text = Option.getOrElse(yield* readUtf8(home.config), () => "")
    const { values, warnings } = yield* Effect.fromResult(
      resolveConfig({ path: home.config, text, environment, home: userHome(environment) }),
    )
    return { ...values, warnings }
  }).pipe(Effect.withSpan("Settings.load"))

  return Settings.of({ load })
})

export class Settings extends Context.Service<
  Settings,
  {
    /** Read afresh at each call. */
    readonly load: Effect.Effect<SettingsSnapshot, ConfigInvalid | HomeUnusable>
  }
>()("@kugetsu/core/Settings") {
  static readonly layer = Layer.effect(Settings, make)
}
