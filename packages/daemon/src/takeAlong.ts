import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { ownerElsewhere } from "@kugetsu/core/domain/ownerElsewhere"
import { Sessions } from "@kugetsu/core/Sessions"
import { ensureDirectory, exists, readText, replaceFile } from "@kugetsu/core/system/Files"
import type { Git } from "@kugetsu/core/system/Git"
import { type AgentPaths, KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { otherRepository } from "@kugetsu/core/worktrees/otherRepository"
import { Effect, Option } from "effect"
import * as path from "node:path"

/** What a session that is to be made can begin from. */
export interface TakenAlong {
  /** An export file with the conversation so far; null: there is none to be had from elsewhere. */
  readonly earlier: string | null
  /** What was looked for in vain, in sentences. */
  readonly notes: ReadonlyArray<string>
}

export interface Wanted {
  /** The session that the record names. */
  readonly known: string | null
  /** The address of the repository; null for the PM. */
  readonly cloneUrl: string | null
  /** Outlives the session's making. */
  readonly tmp: string
}

/**
 * Sessions of the first kugetsu lie in the person's own opencode. The first time one is needed its conversation is taken
 * along from there, and for an issue that has none the base session's.
 */
export const takeAlong = Effect.fn("takeAlong")(function* (place: AgentPlace, wanted: Wanted) {
  const home = yield* KugetsuHome
  if (yield* hasConversation(home.agent(place.name))) return nothing
  const own = wanted.known === null ? nothing : yield* takeOwn(place, wanted.known, wanted)
  if (own.earlier !== null || place.role !== "dev") return own
  return { earlier: null, notes: [...own.notes, ...(yield* takeBase(place))] } satisfies TakenAlong
})

const nothing: TakenAlong = { earlier: null, notes: [] }

const hasConversation = ({ database, export: kept }: AgentPaths) =>
  Effect.map(Effect.all([exists(database), exists(kept)]), (found) => found.includes(true))

const takeOwn = Effect.fnUntraced(function* (place: AgentPlace, session: string, { cloneUrl, tmp }: Wanted) {
  const { sessions } = yield* (yield* Sessions).survey
  const git = yield* Effect.context<Git>()
  const file = path.join(tmp, "earlier.json")
  const found = yield* (yield* Agent).exportEarlier(place, {
    session,
    base: yield* baseSession,
    file,
    objection: Effect.fnUntraced(
      function* (bound) {
        const other = cloneUrl === null ? null : yield* otherRepository(bound.directory, cloneUrl)
        return ownerElsewhere({ name: place.name, id: session, otherRepository: other, ...bound }, sessions)
      },
      Effect.catch(({ message }) => Effect.succeed(`whose directory it worked in is unknown: ${message}`)),
      Effect.provide(git),
    ),
  })
  if (found._tag === "Exported") return { earlier: file, notes: [] } satisfies TakenAlong
  const note = `session ${session} is not in this home, and could not be taken along: ${found.reason}`
  yield* Effect.logWarning(`${place.title}: ${note}`)
  return { earlier: null, notes: [note] } satisfies TakenAlong
})

const baseSession = Effect.gen(function* () {
  const base = Option.getOrNull(yield* (yield* Sessions).base)
  return base?.opencode_session_id ?? null
})

/** Once: it is kept where `init` keeps that of a base session it made, or what was looked for in vain is noted there. */
const takeBase = Effect.fnUntraced(function* (place: AgentPlace) {
  const storage = (yield* KugetsuHome).agent("base")
  if (yield* hasConversation(storage)) return []
  const session = yield* baseSession
  const sought = path.join(storage.dir, "sought")
  if (session === null || Option.contains(yield* readText(sought), session)) return []
  const found = yield* (yield* Agent).exportEarlier(place, {
    session,
    base: null,
    file: storage.export,
    objection: () => Effect.succeed(null),
  })
  if (found._tag === "Exported") return []
  yield* ensureDirectory(storage.dir)
  yield* replaceFile(sought, session)
  return [`the base session ${session} could not be taken along: ${found.reason}; kugetsu init --force makes a new one`]
})
