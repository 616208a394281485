import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { ownerElsewhere } from "@kugetsu/core/domain/ownerElsewhere"
import { Sessions } from "@kugetsu/core/Sessions"
import { exists } from "@kugetsu/core/system/Files"
import { type AgentPaths, KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import * as path from "node:path"

/** What a session that is to be made can begin from. */
export interface TakenAlong {
  /** An export file with the conversation so far; null: there is none to be had from elsewhere. */
  readonly earlier: string | null
  /** What was looked for in vain, in sentences. */
  readonly notes: ReadonlyArray<string>
}

/**
 * Sessions of the first kugetsu lie in the person's own opencode. The first time one is needed its conversation is taken
 * along from there, and for an issue that has none the base session's. `tmp` outlives the session's making.
 */
export const takeAlong = Effect.fn("takeAlong")(function* (place: AgentPlace, known: string | null, tmp: string) {
  const home = yield* KugetsuHome
  if (yield* hasConversation(home.agent(place.name))) return nothing
  const own = known === null ? nothing : yield* takeOwn(place, known, path.join(tmp, "earlier.json"))
  if (own.earlier !== null || place.role !== "dev") return own
  return { earlier: null, notes: [...own.notes, ...(yield* takeBase(place))] } satisfies TakenAlong
})

const nothing: TakenAlong = { earlier: null, notes: [] }

const hasConversation = ({ database, export: kept }: AgentPaths) =>
  Effect.map(Effect.all([exists(database), exists(kept)]), (found) => found.includes(true))

const takeOwn = Effect.fnUntraced(function* (place: AgentPlace, session: string, file: string) {
  const { sessions } = yield* (yield* Sessions).survey
  const found = yield* (yield* Agent).exportEarlier(place, {
    session,
    file,
    objection: (directory) => ownerElsewhere({ name: place.name, id: session, directory }, sessions),
  })
  if (found._tag === "Exported") return { earlier: file, notes: [] } satisfies TakenAlong
  const note = `the earlier session ${session} could not be taken along: ${found.reason}; a new one takes its place`
  yield* Effect.logWarning(`${place.title}: ${note}`)
  return { earlier: null, notes: [note] } satisfies TakenAlong
})

/** Once: it is kept where `init` keeps that of a base session it made. */
const takeBase = Effect.fnUntraced(function* (place: AgentPlace) {
  const storage = (yield* KugetsuHome).agent("base")
  if (yield* hasConversation(storage)) return []
  const session = Option.getOrNull(yield* (yield* Sessions).base)?.opencode_session_id ?? null
  if (session === null) return []
  const found = yield* (yield* Agent).exportEarlier(place, { session, file: storage.export, objection: () => null })
  if (found._tag === "Exported") return []
  return [`the base session ${session} could not be taken along: ${found.reason}; kugetsu init --force makes a new one`]
})
