import { Effect, Option } from "effect"
import { isQuarantineId, QuarantinedSession } from "./domain/QuarantinedSession.ts"
import { listDirectory } from "./system/Files.ts"
import { jsonFile } from "./system/JsonFile.ts"
import type { KugetsuPaths } from "./system/KugetsuHome.ts"

const file = jsonFile(QuarantinedSession)

/** The records of `quarantine/`. */
export const quarantinedSessions = (home: KugetsuPaths) => {
  const write = (record: QuarantinedSession) => file.replace(home.quarantined(record.id).record, record)

  /** Of one name in agents/, oldest first. */
  const of = Effect.fn("quarantinedSessions.of")(function* (name: string) {
    const ids = (yield* listDirectory(home.quarantine)).filter(isQuarantineId)
    const found = yield* Effect.forEach(ids, (id) => file.find(home.quarantined(id).record))
    return found.flatMap((record) => (Option.isSome(record) && record.value.name === name ? [record.value] : []))
  })

  return { write, of }
}
