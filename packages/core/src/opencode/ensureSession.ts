import { DateTime, Effect, Option, Result } from "effect"
import { type AgentPlace, SessionMisplaced } from "../Agent.ts"
import { RecordUnreadable } from "../system/JsonFile.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { type Binding, copiedDocument, emptyDocument, restoredDocument } from "./ImportDocument.ts"
import { copyKept, findKept, keepExport, readExport } from "./KeptExport.ts"
import { type OpencodeCall, OpencodeFailed } from "./OpencodeCall.ts"
import { publishStorage, settleStorage, stagedStorage } from "./PrivateStorage.ts"
import { type SessionExport, sizeOf } from "./SessionExport.ts"
import { readStored, type Stored, type StoredSession } from "./SessionStorage.ts"
import { exportSession, importSession } from "./transferSession.ts"

interface Origin {
  readonly known: string | null
  readonly base: string | null
  readonly earlier?: string | null
}

/** See `Agent.ensureSession`. May be killed at any moment, and is then simply done again. */
export const ensureSession = Effect.fn("ensureSession")(function* (
  call: OpencodeCall,
  place: AgentPlace,
  { base, earlier = null, known }: Origin,
) {
  const home = yield* KugetsuHome
  yield* settleStorage(home, place.name)
  const storage = home.agent(place.name)
  const stored = yield* readStored(storage.database)
  const right = rightSession(stored, known, call.directory)
  if (right !== null) return right.id

  yield* rescueMisplaced(call, place, stored, known)
  const document = yield* documentFor(base, earlier, place, {
    directory: call.directory,
    title: place.title,
    permission: call.permissions,
    now: DateTime.toEpochMillis(yield* DateTime.now),
  })
  const staged = yield* stagedStorage(home, place.name)
  yield* importSession(call, staged, document)
  yield* checkImported(yield* readStored(staged.database), document, call.directory)
  yield* copyKept(storage, staged)
  yield* publishStorage(home, place.name, staged)
  return document.info.id
}, Effect.scoped)

/** The known session, or one whose id was not recorded before the end of the process that made it. */
const rightSession = (stored: Stored, known: string | null, directory: string): StoredSession | null => {
  if (stored._tag !== "Sessions") return null
  const own = stored.sessions.find(({ id }) => id === known)
  const candidates = own === undefined ? stored.sessions : [own]
  return candidates.find((session) => session.directory === directory) ?? null
}

/** A session of another directory, as after a move of the home: its conversation is copied before it goes. */
const rescueMisplaced = Effect.fnUntraced(function* (
  call: OpencodeCall,
  place: AgentPlace,
  stored: Stored,
  known: string | null,
) {
  if (stored._tag === "Damaged") yield* Effect.logWarning(`the session of ${place.name} is damaged: ${stored.reason}`)
  if (stored._tag !== "Sessions") return
  const session = stored.sessions.find(({ id }) => id === known) ?? stored.sessions[0]
  if (session === undefined) return
  const home = yield* KugetsuHome
  yield* exportSession(call, home, place.name, session.id).pipe(
    Effect.flatMap(({ exported }) => keepExport(home.agent(place.name), exported)),
    // what was kept before serves then, and the database itself goes to the trash, not away
    Effect.catch((failure) => Effect.logWarning(`${place.name}: ${failure.message}`)),
  )
})

const documentFor = Effect.fnUntraced(function* (
  base: string | null,
  earlier: string | null,
  place: AgentPlace,
  binding: Binding,
) {
  const kept = yield* findKept((yield* KugetsuHome).agent(place.name))
  if (Option.isSome(kept)) return restoredDocument(kept.value, binding)
  const before = yield* wholeExport(earlier)
  if (before !== null) return restoredDocument(before, binding)
  const exported = yield* wholeExport(base)
  return exported === null ? emptyDocument(binding) : copiedDocument(exported, binding)
})

/** null: there is no such file. */
const wholeExport = Effect.fnUntraced(function* (file: string | null) {
  const exported = file === null ? Option.none() : yield* readExport(file)
  if (file === null || Option.isNone(exported)) return null
  if (Result.isFailure(exported.value)) {
    return yield* new RecordUnreadable({ path: file, reason: exported.value.failure })
  }
  return exported.value.success
})

const checkImported = Effect.fnUntraced(function* (stored: Stored, document: SessionExport, directory: string) {
  const { id } = document.info
  const found = stored._tag === "Sessions" ? stored.sessions.find((session) => session.id === id) : undefined
  const { messages, parts } = sizeOf(document)
  if (found === undefined || found.messages !== messages || found.parts !== parts) {
    const count = found === undefined ? "no session" : `${found.messages} messages and ${found.parts} parts`
    return yield* new OpencodeFailed({
      command: "import",
      detail: `it left ${count} where ${messages} messages and ${parts} parts were given`,
    })
  }
  if (found.directory !== directory) {
    return yield* new SessionMisplaced({ session: id, expected: directory, found: found.directory })
  }
})
