import { Effect } from "effect"
import type { AgentPlace } from "../Agent.ts"
import { judgeStorage } from "../domain/judgeStorage.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { finishQuarantine } from "./finishQuarantine.ts"
import type { OpencodeCall } from "./OpencodeCall.ts"
import { settleStorage } from "./PrivateStorage.ts"
import { quarantineStorage } from "./quarantineStorage.ts"
import { readStored } from "./SessionStorage.ts"
import { ownerOf, storageMarkOf } from "./StorageMark.ts"

/** Clears a place of a session that is not its own, before one is looked for or made in it. Safe to repeat. */
export const evictForeign = Effect.fn("evictForeign")(function* (
  call: OpencodeCall,
  place: AgentPlace,
  known: string | null,
) {
  const home = yield* KugetsuHome
  yield* finishQuarantine(place.name)
  yield* settleStorage(home, place.name)
  const storage = home.agent(place.name)
  const stored = yield* readStored(storage.database)
  const sessions = stored._tag === "Sessions" ? stored.sessions : []
  const verdict = judgeStorage(
    { mark: yield* storageMarkOf(storage), sessions },
    { owner: ownerOf(place), directory: call.directory, known },
  )
  switch (verdict._tag) {
    case "Usable":
      return
    case "Moved":
      return yield* Effect.logWarning(`the session of ${place.name} follows it to ${call.directory}`)
    case "Foreign":
      yield* quarantineStorage(
        { ...place, directory: call.directory },
        { session: verdict.session, mismatches: [verdict.mismatch] },
      )
  }
})
