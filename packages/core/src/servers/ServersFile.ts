import { Effect, Option, Schema } from "effect"
import { ForgeType } from "../domain/ForgeType.ts"
import { jsonFile } from "../system/JsonFile.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { acquire } from "../system/Lock.ts"

const orNull = <S extends Schema.Constraint>(schema: S) =>
  Schema.NullOr(schema).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null)))

const ServerEntry = Schema.Struct({
  name: Schema.NonEmptyString,
  url: Schema.String,
  type: orNull(ForgeType),
  clone: Schema.Literals(["https", "ssh"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("https" as const))),
  ca: orNull(Schema.String),
})
export type ServerEntry = typeof ServerEntry.Type

/** servers.json */
export const ServersRecord = Schema.Struct({
  version: Schema.Literal(1).pipe(Schema.withDecodingDefaultKey(Effect.succeed(1 as const))),
  /** The name, host or URL of a server. */
  default: orNull(Schema.String),
  servers: Schema.Array(ServerEntry).pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
})
export type ServersRecord = typeof ServersRecord.Type

const file = jsonFile(ServersRecord)
const none: ServersRecord = { version: 1, default: null, servers: [] }
const lockWaitMs = 10_000

/** What the person set; nothing where there is no such file. */
export const readServers = Effect.flatMap(KugetsuHome, (home) =>
  Effect.map(
    file.find(home.servers),
    Option.getOrElse(() => none),
  ),
)

/** Changes the file in one step that no other change can come between. A failed change leaves it as it is. */
export const changeServers = <E, R>(change: (record: ServersRecord) => Effect.Effect<ServersRecord, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      yield* acquire(home.lock("servers.lock"), { waitMs: lockWaitMs })
      yield* file.replace(home.servers, yield* change(yield* readServers))
    }),
  )

export const isNamed =
  (name: string) =>
  (server: { readonly name: string }): boolean =>
    server.name.toLowerCase() === name.toLowerCase()
