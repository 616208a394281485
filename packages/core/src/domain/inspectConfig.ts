import { Result } from "effect"
import { type ConfigInvalid, type ConfigKey, configKeys } from "./Config.ts"
import { type ConfigSource, readConfigSource, readGiven } from "./ConfigGiven.ts"
import { mask } from "./Secret.ts"

/** One key as it is in force. */
export interface ConfigEntry {
  readonly key: string
  /** As it would stand in the file; empty: unset. Masked where it may hold a secret. */
  readonly value: string
  /** The file and line, `the environment`, or `the default`. */
  readonly origin: string
}

export interface ConfigInspection {
  readonly entries: ReadonlyArray<ConfigEntry>
  /** Everything that is wrong with the values; after a line that cannot be read at all, that line alone. */
  readonly faults: ReadonlyArray<ConfigInvalid>
  readonly warnings: ReadonlyArray<string>
}

/** The configuration for people: what is in force and why, and all that is wrong with it. */
export const inspectConfig = (source: ConfigSource): ConfigInspection =>
  Result.match(readConfigSource(source), {
    onFailure: (fault) => ({ entries: [], faults: [fault], warnings: [] }),
    onSuccess: ({ of, warnings }) => {
      const keys: ReadonlyArray<ConfigKey<unknown>> = Object.values(configKeys)
      return {
        entries: keys.map((key) => entryOf(key, of(key))),
        faults: keys.flatMap((key) =>
          of(key).flatMap((given) =>
            Result.match(readGiven(key, given), { onFailure: (fault) => [fault], onSuccess: () => [] }),
          ),
        ),
        warnings,
      }
    },
  })

const entryOf = (
  { key, secret }: ConfigKey<unknown>,
  given: ReadonlyArray<{ where: string; text: string }>,
): ConfigEntry => {
  const { text = "", where: origin = "" } = given.at(-1) ?? {}
  return { key, value: secret === true ? mask(text) : text, origin }
}
