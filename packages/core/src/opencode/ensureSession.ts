import { DateTime, Effect, Result } from "effect"
import { type AgentPlace, SessionMisplaced } from "../Agent.ts"
import { redactor } from "../Redactor.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { type Binding, emptyDocument } from "./ImportDocument.ts"
import { copyKept, keepExport } from "./KeptExport.ts"
import { type OpencodeCall, OpencodeFailed } from "./OpencodeCall.ts"
import { publishStorage, settleStorage, stagedStorage } from "./PrivateStorage.ts"
import { type SessionExport, sizeOf } from "./SessionExport.ts"
import { type GivenExports, type SessionSource, sessionSources } from "./sessionSources.ts"
import { readStored, type Stored, type StoredSession } from "./SessionStorage.ts"
import { markStorage, ownerOf } from "./StorageMark.ts"
import { exportSession, importSession } from "./transferSession.ts"

interface Origin extends GivenExports {
  readonly known: string | null
}

/** See `Agent.ensureSession`. May be killed at any moment, and is then simply done again. */
export const ensureSession = Effect.fn("ensureSession")(function* (
  call: OpencodeCall,
  place: AgentPlace,
  { known, ...exports }: Origin,
) {
  const home = yield* KugetsuHome
  yield* settleStorage(home, place.name)
  const storage = home.agent(place.name)
  const stored = yield* readStored(storage.database)
  const right = rightSession(stored, known, call.directory)
  if (right !== null) return right.id

  yield* rescueMisplaced(call, place, stored, known)
  const binding: Binding = {
    directory: call.directory,
    title: place.title,
    permission: call.permissions,
    now: DateTime.toEpochMillis(yield* DateTime.now),
  }
  const { document, refused, staged, from } = yield* firstImported(
    call,
    place,
    sessionSources(storage, exports),
    binding,
  )
  yield* copyKept(storage, staged, new Set(refused.map(({ file }) => file)))
  const { id } = document.info
  const redact = yield* redactor
  yield* markStorage(staged, {
    owner: ownerOf(place),
    session: id,
    directory: call.directory,
    made: { from, messages: sizeOf(document).messages, refused: refused.map((one) => redact(sentence(one))) },
  })
  yield* publishStorage(home, place.name, staged)
  return id
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

interface Refused {
  readonly file: string
  readonly failure: OpencodeFailed
}

const sentence = ({ failure, file }: Refused): string => `no session could be made from ${file}: ${failure.message}`

/** The session that opencode takes: what it refuses must not stop all work for good. */
const firstImported = Effect.fnUntraced(function* (
  call: OpencodeCall,
  place: AgentPlace,
  sources: ReadonlyArray<SessionSource>,
  binding: Binding,
) {
  const refused: Array<Refused> = []
  for (const source of sources) {
    const exported = yield* source.exported
    if (exported === null) continue
    const document = source.bind(exported, binding)
    const staged = yield* Effect.result(imported(call, place, document))
    if (Result.isSuccess(staged)) return { document, refused, staged: staged.success, from: source.from }
    if (staged.failure._tag !== "OpencodeFailed") return yield* staged.failure
    refused.push({ file: source.file, failure: staged.failure })
    yield* Effect.logWarning(`${place.name}: ${sentence(refused.at(-1)!)}`)
  }
  const document = emptyDocument(binding)
  return { document, refused, staged: yield* imported(call, place, document), from: "new" as const }
})

/** A private directory with this session in it, and checked. */
const imported = Effect.fnUntraced(function* (call: OpencodeCall, place: AgentPlace, document: SessionExport) {
  const staged = yield* stagedStorage(yield* KugetsuHome, place.name)
  yield* importSession(call, staged, document)
  yield* checkImported(yield* readStored(staged.database), document, call.directory)
  return staged
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
