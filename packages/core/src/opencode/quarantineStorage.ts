import { DateTime, Effect, Option, Random } from "effect"
import type { AgentPlace } from "../Agent.ts"
import type { Mismatch } from "../domain/Isolation.ts"
import { isOwnConversation } from "../domain/judgeStorage.ts"
import { newQuarantineId, type QuarantinedSession } from "../domain/QuarantinedSession.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { quarantinedSessions } from "../quarantinedSessions.ts"
import { ensureDirectory, moveAway, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import { agentPathsAt, KugetsuHome } from "../system/KugetsuHome.ts"
import { copiedDocument } from "./ImportDocument.ts"
import { findKept } from "./KeptExport.ts"
import type { OpencodeCall } from "./OpencodeCall.ts"
import { publishStorage } from "./PrivateStorage.ts"
import type { SessionExport } from "./SessionExport.ts"
import { markStorage, ownerOf, storageMarkOf } from "./StorageMark.ts"
import { exportSession } from "./transferSession.ts"

interface Reason {
  /** null: there is none in it. */
  readonly session: string | null
  readonly mismatches: ReadonlyArray<Mismatch>
}

/**
 * Moves a private storage into the quarantine, whole, from where nothing ever takes it back. A kept conversation that is
 * the issue's own stays in the place, under fresh ids, for the next session. The caller holds the lock.
 */
export const quarantineStorage = Effect.fn("quarantineStorage")(function* (
  call: OpencodeCall,
  place: AgentPlace,
  { mismatches, session }: Reason,
) {
  const home = yield* KugetsuHome
  const now = yield* DateTime.now
  const storage = home.agent(place.name)
  const kept = yield* ownConversation(call, place)
  const record: QuarantinedSession = {
    version: 1,
    id: newQuarantineId(DateTime.toDate(now), yield* Random.next),
    name: place.name,
    owner: ownerOf(place),
    session,
    mismatches,
    carried_over: Option.isSome(kept),
    quarantined_at: timestamp(now),
    reported: false,
  }
  const paths = home.quarantined(record.id)
  yield* ensureDirectory(paths.dir)
  yield* quarantinedSessions(home).write(record)
  if (session !== null) yield* keepApart(call, place, session, paths.conversation)
  const putAside = moveAway(storage.dir, paths.agent)
  if (Option.isNone(kept)) yield* putAside
  else {
    const staged = yield* stagedConversation(place.name)
    const document = copiedDocument(kept.value, {
      directory: call.directory,
      title: place.title,
      permission: call.permissions,
      now: DateTime.toEpochMillis(now),
    })
    yield* replaceFile(staged.export, JSON.stringify(document))
    const { id } = document.info
    yield* markStorage(staged, { owner: record.owner, session: id, directory: call.directory })
    yield* publishStorage(home, place.name, staged, putAside)
  }
  const because = mismatches.map(({ expected, found, tie }) => `${tie} ${found} in place of ${expected}`).join("; ")
  yield* Effect.logWarning(`the session of ${place.name} is in ${paths.dir} now: ${because}`)
  return record
}, Effect.scoped)

const ownConversation = Effect.fnUntraced(function* (call: OpencodeCall, place: AgentPlace) {
  const storage = (yield* KugetsuHome).agent(place.name)
  const mark = yield* storageMarkOf(storage)
  const wanted = { mark, owner: ownerOf(place), directory: call.directory }
  return Option.filter(yield* findKept(storage), ({ info }) =>
    isOwnConversation({ id: info.id, directory: directoryOf(info) }, wanted),
  )
})

const directoryOf = (info: SessionExport["info"]): string | null =>
  "directory" in info && typeof info.directory === "string" ? info.directory : null

/** The database has it too; a copy of its own can be read without opencode. */
const keepApart = (call: OpencodeCall, { name }: AgentPlace, session: string, file: string) =>
  KugetsuHome.use((home) => exportSession(call, home, name, session)).pipe(
    Effect.flatMap(({ text }) => replaceFile(file, text)),
    Effect.catch(({ message }) => Effect.logWarning(`${name}: ${message}`)),
  )

/** A place without a database, removed with the scope unless it was published. */
const stagedConversation = Effect.fnUntraced(function* (name: string) {
  const { agents } = yield* KugetsuHome
  const made = Effect.map(temporaryDirectoryIn(agents, `.${name}.`), agentPathsAt)
  return yield* Effect.acquireRelease(made, ({ dir }) => Effect.ignore(removeTree(dir)))
})
