import { Result } from "effect"
import { type ConfigInvalid, type ConfigKey, configKeys, type ConfigValues } from "./Config.ts"
import { type ConfigSource, readConfigSource, readGiven } from "./ConfigGiven.ts"

export interface ResolvedConfig {
  readonly values: ConfigValues
  /** Sentences about keys that do nothing. */
  readonly warnings: ReadonlyArray<string>
}

/** Environment variable, else file, else default; an empty value is none. An overruled value must be right, too. */
export const resolveConfig = (source: ConfigSource): Result.Result<ResolvedConfig, ConfigInvalid> =>
  Result.gen(function* () {
    const given = yield* readConfigSource(source)
    const values: Partial<Record<keyof ConfigValues, unknown>> = {}
    for (const [field, key] of Object.entries<ConfigKey<unknown>>(configKeys)) {
      for (const one of given.of(key)) values[field as keyof ConfigValues] = yield* readGiven(key, one)
    }
    // The table has a reader of the right type for every field.
    return { values: values as ConfigValues, warnings: given.warnings }
  })
