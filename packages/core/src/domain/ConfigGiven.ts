import { Result } from "effect"
import { dirname } from "node:path"
import { ConfigInvalid, type ConfigKey, configKeys, retiredKeys } from "./Config.ts"
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

/** Text that was given for a key, and where. */
export interface Given {
  readonly where: string
  readonly text: string
}

export interface ConfigGiven {
  /** For a key of the table: the default first, the one in force last. */
  readonly of: (key: ConfigKey<unknown>) => readonly [Given, ...ReadonlyArray<Given>]
  /** Sentences about keys that do nothing. */
  readonly warnings: ReadonlyArray<string>
}

/** What file and environment give for each key, not yet understood. Fails at the first line that is no line of a config. */
export const readConfigSource = ({
  environment,
  home,
  path,
  text,
}: ConfigSource): Result.Result<ConfigGiven, ConfigInvalid> =>
  parseKeyValues(text, { home, variables: { KUGETSU_DIR: dirname(path) }, arrays: [configKeys.gitServers.key] }).pipe(
    Result.mapError(
      ({ key, line, reason }) =>
        new ConfigInvalid({
          where: `${path}:${line}`,
          key: key ?? "the line",
          reason,
          allowed: "The file is read, never run: KEY=value, quotes, comments, $HOME and ~ are allowed.",
        }),
    ),
    Result.map((parsed) => {
      const inFile = givenIn(parsed, path)
      return {
        of: ({ fallback, key }) => {
          const variable = environment[key]
          return [
            { where: "the default", text: fallback.replace(/^~/, () => home) },
            ...(inFile.get(key) ?? []),
            ...(variable ? [{ where: "the environment", text: variable }] : []),
          ]
        },
        warnings: warningsOf(parsed, path),
      }
    }),
  )

export const readGiven = <A>(key: ConfigKey<A>, given: Given): Result.Result<A, ConfigInvalid> =>
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
