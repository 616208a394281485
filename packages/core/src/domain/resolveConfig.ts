import { Result } from "effect"
import { dirname } from "node:path"
import { ConfigInvalid, type ConfigKey, configKeys, type ConfigValues, retiredKeys } from "./Config.ts"
import { type KeyValueText, parseKeyValues } from "./KeyValueText.ts"
import { isSecretName } from "./Secret.ts"
import { suggestionFor } from "./Suggestion.ts"

export interface ConfigSource {
  /** The file's path, for messages. */
  readonly path: string
  readonly text: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What `~` and `$HOME` mean. */
  readonly home: string
}

export interface ResolvedConfig {
  readonly values: ConfigValues
  /** Sentences about keys that do nothing. */
  readonly warnings: ReadonlyArray<string>
}

/** Text that was given for a key, and where. */
interface Given {
  readonly where: string
  readonly text: string
}

/** Environment variable, else file, else default; an empty value is none. An overruled value must be right, too. */
export const resolveConfig = (source: ConfigSource): Result.Result<ResolvedConfig, ConfigInvalid> =>
  Result.gen(function* () {
    const { path, text, environment, home } = source
    const parsed = yield* Result.mapError(
      parseKeyValues(text, { home, variables: { KUGETSU_DIR: dirname(path) }, arrays: [configKeys.gitServers.key] }),
      ({ line, key, reason }) =>
        new ConfigInvalid({
          where: `${path}:${line}`,
          key: key ?? "the line",
          reason,
          allowed: "The file is read, never run: KEY=value, quotes, comments, $HOME and ~ are allowed.",
        }),
    )
    const inFile = givenIn(parsed, path)
    const values: Partial<Record<keyof ConfigValues, unknown>> = {}
    for (const [field, key] of Object.entries<ConfigKey<unknown>>(configKeys)) {
      let value = yield* readGiven(key, { where: "the default", text: key.fallback.replace(/^~/, () => home) })
      for (const given of inFile.get(key.key) ?? []) value = yield* readGiven(key, given)
      const variable = environment[key.key]
      if (variable) value = yield* readGiven(key, { where: "the environment", text: variable })
      values[field as keyof ConfigValues] = value
    }
    // The table has a reader of the right type for every field.
    return { values: values as ConfigValues, warnings: warningsOf(parsed, path) }
  })

const readGiven = <A>(key: ConfigKey<A>, given: Given): Result.Result<A, ConfigInvalid> =>
  Result.fromOption(
    key.read(given.text),
    () =>
      new ConfigInvalid({
        where: given.where,
        key: key.key,
        reason: `${key.secret ? "its value" : JSON.stringify(given.text.slice(0, 100))} is not allowed`,
        allowed: key.allowed,
      }),
  )

/** What the file gives for each key; the last of several counts, after all of them have been read. */
const givenIn = (parsed: KeyValueText, path: string): ReadonlyMap<string, ReadonlyArray<Given>> => {
  const given = new Map<string, ReadonlyArray<Given>>()
  for (const { key, value, line } of parsed.entries) {
    if (value !== "") given.set(key, [{ where: `${path}:${line}`, text: value }])
    else given.delete(key)
  }
  const { key } = configKeys.gitServers
  const elements = parsed.elements.map(({ key: name, value, line }) => ({
    where: `${path}:${line}`,
    text: name === null || /^\d+$/.test(name) ? value : `${name}=${value}`,
  }))
  // Each by itself, for the line of a bad one; then all of them.
  const all = { where: path, text: elements.map(({ text }) => text).join(" ") }
  if (elements.length > 0) given.set(key, [...elements, all])
  return given
}

const warningsOf = (parsed: KeyValueText, path: string): ReadonlyArray<string> => {
  const known = Object.values(configKeys).map(({ key }) => key)
  return parsed.entries
    .filter(({ key }) => !known.includes(key))
    .map(({ key, line }) => `${path}:${line}: ${unknownKey(key, known)}`)
}

const unknownKey = (key: string, known: ReadonlyArray<string>): string => {
  const retired = Object.hasOwn(retiredKeys, key) ? retiredKeys[key] : undefined
  if (retired !== undefined) return `${key} is no longer used: ${retired}`
  if (isSecretName(key)) return `${key} is no key of this file; agents get it after: kugetsu env set ${key} -`
  const meant = suggestionFor(key, known)
  return `${key} is not known${meant === null ? "" : `; did you mean ${meant}?`}`
}
