import { Context, Effect, Layer, Option, Result, Schema } from "effect"
import { ConfigInvalid } from "./domain/Config.ts"
import { isTokenVariable } from "./domain/ForgeToken.ts"
import {
  keyPattern,
  type KeyValueText,
  parseKeyValues,
  valuesOf,
  withoutKey,
  withValue,
} from "./domain/KeyValueText.ts"
import { AgentName } from "./domain/Run.ts"
import { isMasked, isSecretName } from "./domain/Secret.ts"
import { ensureDirectory, type HomeUnusable, listDirectory, readUtf8, replaceFile } from "./system/Files.ts"
import { keepPrivate } from "./system/keepPrivate.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, type LockBusy } from "./system/Lock.ts"

/** The files there are: `default` serves every agent. */
export const EnvName = Schema.Literals(["default", ...AgentName.literals])
export type EnvName = typeof EnvName.Type

/** In bytes. Linux starts no process with a variable of 128 KiB. */
const valueMax = 100_000

const lockWaitMs = 10_000

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome

  const invalid = (name: EnvName, key: string, reason: string, allowed: string, line?: number) =>
    new ConfigInvalid({ where: home.envFile(name) + (line === undefined ? "" : `:${line}`), key, reason, allowed })

  const parse = Effect.fnUntraced(function* (name: EnvName) {
    if (yield* keepPrivate(home.envFile(name))) {
      yield* Effect.logWarning(`others could read ${home.envFile(name)}; it is 0600 now`)
    }
    const text = Option.getOrElse(yield* readUtf8(home.envFile(name)), () => "")
    return yield* Effect.fromResult(
      Result.mapError(parseKeyValues(text, { home: null }), ({ line, key, reason }) =>
        invalid(
          name,
          key ?? "the line",
          reason,
          "The file is read, never run: KEY=value, quotes and comments are allowed. `kugetsu env set` quotes as needed.",
          line,
        ),
      ),
    )
  })

  const edit = <A>(name: EnvName, change: (parsed: KeyValueText) => readonly [text: string | null, answer: A]) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* acquire(home.lock("env.lock"), { waitMs: lockWaitMs })
        const [text, answer] = change(yield* parse(name))
        if (text !== null) {
          yield* ensureDirectory(home.envDir)
          yield* replaceFile(home.envFile(name), text)
        }
        return answer
      }),
    )

  /** A masked secret would reach the agent as if it were the value. */
  const unmasked = Effect.fnUntraced(function* (name: EnvName) {
    const parsed = yield* parse(name)
    const inForce = new Map(parsed.entries.map((entry) => [entry.key, entry]))
    for (const { key, value, line } of inForce.values()) {
      if (isMasked(value) && (isSecretName(key) || value.includes("://"))) {
        return yield* invalid(
          name,
          key,
          "this is the masked text, not the value",
          `Run: kugetsu env set ${key} - ${name}`,
          line,
        )
      }
    }
    return Object.fromEntries(valuesOf(parsed))
  })

  return EnvFiles.of({
    list: Effect.map(listDirectory(home.envDir), (files) =>
      EnvName.literals.filter((name) => files.includes(`${name}.env`)),
    ),
    read: Effect.fn("EnvFiles.read")(function* (name) {
      return valuesOf(yield* parse(name))
    }),
    set: Effect.fn("EnvFiles.set")(function* (name, key, value) {
      const fault = faultOf(key, value)
      if (fault !== undefined) return yield* invalid(name, key, fault.reason, fault.allowed)
      yield* edit(name, (parsed) => [withValue(parsed, key, value), undefined])
    }),
    remove: Effect.fn("EnvFiles.remove")(function* (name, key) {
      return yield* edit(name, (parsed) => {
        const text = withoutKey(parsed, key)
        return [text, text !== null]
      })
    }),
    forAgent: Effect.fn("EnvFiles.forAgent")(function* (name) {
      const own = { ...(yield* unmasked("default")), ...(yield* unmasked(name)) }
      // every agent needs them, and people set them for the PM alone
      const tokens = Object.entries(yield* unmasked("pm-agent")).filter(([key]) => isTokenVariable(key) && !own[key])
      return { ...own, ...Object.fromEntries(tokens) }
    }),
  })
})

const faultOf = (key: string, value: string): { readonly reason: string; readonly allowed: string } | undefined => {
  if (!keyPattern.test(key)) {
    return { reason: "this is no variable's name", allowed: "Allowed: letters, digits and _, with no digit in front." }
  }
  if (isMasked(value)) {
    return { reason: "this is the masked text, not the value", allowed: "Set the value itself, or leave it as it is." }
  }
  if (value.includes("\0") || !value.isWellFormed()) {
    return { reason: "the value is no text", allowed: "Allowed: any text without NUL characters." }
  }
  if (Buffer.byteLength(value) > valueMax) {
    return {
      reason: "the value is too long",
      allowed: `Allowed: at most ${valueMax} bytes; no process starts with more.`,
    }
  }
  return undefined
}

/** Variables for agents, in `env/<name>.env`: 0600, or made so with a warning when it is read. `default` serves every agent. */
export class EnvFiles extends Context.Service<
  EnvFiles,
  {
    /** Those that are there. */
    readonly list: Effect.Effect<ReadonlyArray<EnvName>, HomeUnusable>
    /** The variables of one file, in its order. */
    readonly read: (name: EnvName) => Effect.Effect<ReadonlyMap<string, string>, ConfigInvalid | HomeUnusable>
    /** Any text but NUL is kept as it is; the rest of the file stays. */
    readonly set: (
      name: EnvName,
      key: string,
      value: string,
    ) => Effect.Effect<void, ConfigInvalid | HomeUnusable | LockBusy>
    /** false when the key was not there. */
    readonly remove: (name: EnvName, key: string) => Effect.Effect<boolean, ConfigInvalid | HomeUnusable | LockBusy>
    /**
     * What an agent gets: default.env, then its own file; forge tokens that are in neither, or empty there, fall back to
     * pm-agent.env. Fails where a secret is its own mask.
     */
    readonly forAgent: (
      name: AgentName,
    ) => Effect.Effect<Readonly<Record<string, string>>, ConfigInvalid | HomeUnusable>
  }
>()("@kugetsu/core/EnvFiles") {
  static readonly layer = Layer.effect(EnvFiles, make)
}
