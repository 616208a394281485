import { Context, Effect, Option, Result } from "effect"
import * as path from "node:path"
import { parseKeyValues, valuesOf } from "./domain/KeyValueText.ts"
import { type Redact, redaction } from "./domain/Redaction.ts"
import { secretsAmong } from "./domain/Secret.ts"
import { readRunSecrets } from "./RunSecrets.ts"
import { exists, fileStamp, listDirectory, readText } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

interface Known {
  readonly stamp: string
  readonly host: Readonly<Record<string, string | undefined>>
  /** Of all that was ever there while this process ran: an agent may have an earlier value. */
  readonly values: ReadonlySet<string>
  readonly redact: Redact
}

/** By home, what this process has seen. */
const Memory = Context.Reference<Map<string, Known>>("@kugetsu/core/Redactor/Memory", {
  defaultValue: () => new Map(),
})

/**
 * The one redactor, before everything that kugetsu keeps, shows or publishes: it knows the secrets of the env files as
 * they are now, of this process's environment, and of what running agents were given. It never fails: of a file that cannot be read nothing is known, and of
 * one that cannot be understood every value is taken for a secret.
 */
export const redactor: Effect.Effect<Redact, never, KugetsuHome> = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const memory = yield* Memory
  const files = [...(yield* filesIn(home.envDir, ".env")), ...(yield* filesIn(home.secrets, ".json"))]
  const stamps = yield* Effect.forEach(files, (file) => Effect.orElseSucceed(fileStamp(file), () => "unreadable"))
  const host = yield* HostEnvironment
  const stamp = [...files, ...stamps].join(" ")
  const before = memory.get(home.root)
  if (before?.stamp === stamp && before.host === host) return before.redact
  const fresh = yield* Effect.filter(
    [
      ...secretsAmong(Object.entries(host)),
      ...(yield* Effect.forEach(files, (file) => (file.endsWith(".env") ? secretsIn(file) : givenIn(file)))).flat(),
    ],
    isNoPlace,
  )
  const values = new Set([...(before?.values ?? []), ...fresh])
  const redact = redaction(values)
  memory.set(home.root, { stamp, host, values, redact })
  return redact
}).pipe(Effect.withSpan("redactor"))

/** The text as it may be kept and shown. */
export const redacted = (text: string) => Effect.map(redactor, (redact) => redact(text))

/** The env files of which nothing is known, since they cannot be read. */
export const unreadEnvFiles = Effect.gen(function* () {
  const files = yield* filesIn((yield* KugetsuHome).envDir, ".env")
  return yield* Effect.filter(files, (file) => Effect.isFailure(readText(file)))
}).pipe(Effect.withSpan("unreadEnvFiles"))

const filesIn = (dir: string, ending: string) =>
  Effect.orElseSucceed(listDirectory(dir), () => []).pipe(
    Effect.map((names) => names.filter((name) => name.endsWith(ending)).map((name) => path.join(dir, name))),
  )

const givenIn = (file: string) =>
  Effect.map(
    Effect.orElseSucceed(readRunSecrets(file), () => Option.none()),
    Option.getOrElse((): ReadonlyArray<string> => []),
  )

const secretsIn = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.orElseSucceed(readText(file), () => Option.none<string>())
  if (Option.isNone(text)) return []
  return Result.match(parseKeyValues(text.value, { home: null }), {
    onSuccess: (parsed) => secretsAmong(valuesOf(parsed)),
    onFailure: () => text.value.split("\n").flatMap(valueOfLine),
  })
})

const valueOfLine = (line: string): ReadonlyArray<string> => {
  const value = /^[^#=]*=(.*)$/.exec(line)?.[1]?.trim() ?? ""
  return [value, value.replace(/^(["'])(.*)\1$/, "$2")]
}

/** Where a key is, is no secret: without paths nothing that is said can be understood. */
const isNoPlace = (value: string): Effect.Effect<boolean> =>
  value.startsWith("/")
    ? Effect.map(
        Effect.orElseSucceed(exists(value), () => false),
        (isThere) => !isThere,
      )
    : Effect.succeed(true)
