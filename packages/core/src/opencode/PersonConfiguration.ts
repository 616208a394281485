import { Effect, Option, Schema, SchemaIssue } from "effect"
import * as path from "node:path"
import { ConfigInvalid } from "../domain/Config.ts"
import { type HomeUnusable, readText } from "../system/Files.ts"
import { userHome } from "../system/KugetsuHome.ts"
import type { PermissionRule } from "./PermissionRules.ts"

/** What kugetsu must know of the person's own opencode configuration. opencode itself reads it whole. */
export interface PersonConfiguration {
  /** Variables it refers to, as `{env:NAME}` or as the `env` of a provider. */
  readonly variables: ReadonlySet<string>
  /** The model of a new session, `provider/model`; null: the agent's own, or opencode's choice. */
  readonly model: string | null
  /** The options of each provider it names. */
  readonly providers: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** In order. What it asks for is allowed: in a run of kugetsu nobody is there to be asked. */
  readonly permissions: ReadonlyArray<PermissionRule>
}

const Action = Schema.Literals(["allow", "ask", "deny"])
const optionalString = Schema.optional(Schema.String)

const Configuration = Schema.Struct({
  model: optionalString,
  default_agent: optionalString,
  agent: Schema.optional(Schema.Record(Schema.String, Schema.Struct({ model: optionalString }))),
  provider: Schema.optional(
    Schema.Record(
      Schema.String,
      Schema.Struct({
        env: Schema.optional(Schema.Array(Schema.String)),
        options: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
      }),
    ),
  ),
  permission: Schema.optional(
    Schema.Union([Action, Schema.Record(Schema.String, Schema.Union([Action, Schema.Record(Schema.String, Action)]))]),
  ),
})
type Configuration = typeof Configuration.Type

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the files that opencode reads in this environment, those of a repository excepted. */
export const readPersonConfiguration = Effect.fn("PersonConfiguration.read")(function* (env: Variables) {
  const texts = yield* Effect.forEach(filesOf(env), (file) =>
    Effect.map(
      readText(file),
      Option.map((text) => ({ file, text })),
    ),
  )
  const found = texts.flatMap(Option.toArray)
  const configurations = yield* Effect.forEach(found, ({ file, text }) => parse(file, text, env))
  return combine(configurations, found.map(({ text }) => text).join("\n"), env)
}) satisfies (env: Variables) => Effect.Effect<PersonConfiguration, ConfigInvalid | HomeUnusable>

/** In opencode's order: the later one wins. */
const filesOf = (env: Variables): ReadonlyArray<string> => {
  const home = userHome(env)
  const own = path.join(env.XDG_CONFIG_HOME || path.join(home, ".config"), "opencode")
  const both = (dir: string) => ["opencode.json", "opencode.jsonc"].map((name) => path.join(dir, name))
  return [
    path.join(own, "config.json"),
    ...both(own),
    ...(env.OPENCODE_CONFIG ? [env.OPENCODE_CONFIG] : []),
    ...both(path.join(home, ".opencode")),
    ...(env.OPENCODE_CONFIG_DIR ? both(env.OPENCODE_CONFIG_DIR) : []),
  ]
}

const reference = /\{env:([^}]+)\}/g

const parse = (file: string, text: string, env: Variables): Effect.Effect<Configuration, ConfigInvalid> =>
  Effect.try({
    // opencode puts the values in before it parses
    try: (): unknown => Bun.JSONC.parse(text.replace(reference, (_, name: string) => env[name] ?? "")) ?? {},
    catch: () => "it is no JSON with comments",
  }).pipe(
    Effect.flatMap((value) =>
      Effect.mapError(Schema.decodeUnknownEffect(Configuration)(value), ({ issue }) => faultIn(issue)),
    ),
    Effect.mapError(
      (reason) =>
        new ConfigInvalid({
          where: file,
          key: "opencode's configuration",
          reason,
          allowed: "Mend the file; https://opencode.ai/docs/config tells its form.",
        }),
    ),
  )

/** Where the fault is, and not what stands there: that may be a key. */
const faultIn = (issue: SchemaIssue.Issue): string => {
  const at = formatIssue(issue).issues[0]?.path ?? []
  return `${at.map((part) => String(typeof part === "object" ? part.key : part)).join(".") || "it"} has not the form that opencode expects`
}
const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const combine = (configurations: ReadonlyArray<Configuration>, text: string, env: Variables): PersonConfiguration => {
  const providers = new Map<string, Readonly<Record<string, unknown>>>()
  const variables = new Set([...text.matchAll(reference)].map((match) => match[1]!))
  for (const [id, { env: names = [], options = {} }] of configurations.flatMap((c) =>
    Object.entries(c.provider ?? {}),
  )) {
    providers.set(id, { ...providers.get(id), ...options })
    for (const name of names) variables.add(name)
  }
  const last = <K extends "model" | "default_agent">(key: K) => configurations.findLast((c) => c[key])?.[key]
  const agent = last("default_agent") ?? "build"
  const agentModel = configurations.findLast((c) => c.agent?.[agent]?.model)
  return {
    variables,
    providers,
    model: agentModel === undefined ? (last("model") ?? null) : null,
    permissions: configurations.flatMap((c) => rulesOf(c.permission, userHome(env))),
  }
}

const rulesOf = (permission: Configuration["permission"], home: string): ReadonlyArray<PermissionRule> =>
  Object.entries(typeof permission === "string" ? { "*": permission } : (permission ?? {})).flatMap(([name, value]) =>
    Object.entries(typeof value === "string" ? { "*": value } : value).map(([pattern, action]): PermissionRule => ({
      permission: name,
      pattern: pattern.replace(/^(~|\$HOME)(?=\/|$)/, home),
      action: action === "deny" ? "deny" : "allow",
    })),
  )
