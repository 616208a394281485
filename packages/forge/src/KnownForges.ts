import { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Effect, Option, Schema } from "effect"

/** forges.json: what servers of which nobody said what they are said of themselves, by address. */
const ForgesRecord = Schema.Struct({
  version: Schema.Literal(1),
  servers: Schema.Record(Schema.String, Schema.Struct({ type: ForgeType, learnt_at: Schema.String })),
})

/** A memory that may be missing, broken or wrong: the servers can be asked again, so that none of it is an error. */
export const knownForges = Effect.gen(function* () {
  const { forges } = yield* KugetsuHome
  const file = jsonFile(ForgesRecord)
  const nothing: typeof ForgesRecord.Type = { version: 1, servers: {} }

  const load = file.find(forges).pipe(
    Effect.map(Option.getOrElse(() => nothing)),
    Effect.catch((error) => Effect.as(Effect.logWarning(`${error.message}; the servers are asked again`), nothing)),
  )

  return {
    find: (url: string): Effect.Effect<ForgeType | null> =>
      Effect.map(load, ({ servers }) => (Object.hasOwn(servers, url) ? (servers[url]?.type ?? null) : null)),
    keep: Effect.fn("KnownForges.keep")(function* (url: string, type: ForgeType) {
      const { servers } = yield* load
      const learnt_at = timestamp(yield* DateTime.now)
      yield* file
        .replace(forges, { version: 1, servers: { ...servers, [url]: { type, learnt_at } } })
        .pipe(Effect.catch((error) => Effect.logWarning(error.message)))
    }),
  }
})
