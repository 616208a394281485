import { DateTime, Effect, Option } from "effect"
import { isOwnConversation } from "../domain/judgeStorage.ts"
import { type CondemnedStorage, isQuarantineId } from "../domain/QuarantinedSession.ts"
import { redactJson } from "../domain/Redaction.ts"
import { quarantinedSessions } from "../quarantinedSessions.ts"
import { redactor } from "../Redactor.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { exists, listDirectory, moveAway, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import { type AgentPaths, agentPathsAt, KugetsuHome } from "../system/KugetsuHome.ts"
import { condemnationOf } from "./condemnStorage.ts"
import { continuedDocument } from "./ImportDocument.ts"
import { findKept } from "./KeptExport.ts"
import { publishStorage, settleStorage } from "./PrivateStorage.ts"
import type { SessionExport } from "./SessionExport.ts"
import { storedExport } from "./storedExport.ts"
import { markStorage, storageMarkOf } from "./StorageMark.ts"

/**
 * Brings each quarantine of that name in agents/ to its end. May be killed at any moment, and is then done again: the
 * record, which is what people are told by, comes last. The caller holds the lock.
 */
export const finishQuarantine = Effect.fn("finishQuarantine")(function* (name: string) {
  const home = yield* KugetsuHome
  const storage = home.agent(name)
  const condemned = yield* condemnationOf(storage)
  if (Option.isSome(condemned)) {
    yield* moveAway(storage.dir, home.quarantined(condemned.value.id).agent)
    yield* crashPoint("quarantine.moved")
  }
  for (const id of (yield* listDirectory(home.quarantine)).filter(isQuarantineId)) {
    const { agent, record } = home.quarantined(id)
    if (yield* exists(record)) continue
    const moved = yield* condemnationOf(agentPathsAt(agent))
    if (Option.isSome(moved) && moved.value.name === name) yield* putOnRecord(moved.value)
  }
})

const putOnRecord = Effect.fnUntraced(function* ({ directory, ...condemned }: CondemnedStorage) {
  const home = yield* KugetsuHome
  const paths = home.quarantined(condemned.id)
  const apart = agentPathsAt(paths.agent)
  const kept = yield* ownConversation(apart, { owner: condemned.owner, directory })
  if (Option.isSome(kept)) yield* carryOver(kept.value, { ...condemned, directory })
  yield* crashPoint("quarantine.carried")
  if (condemned.session !== null) yield* keepApart(apart, condemned.session, paths.conversation)
  yield* quarantinedSessions(home).write({ ...condemned, carried_over: Option.isSome(kept), reported: false })
  yield* crashPoint("quarantine.recorded")
  const because = condemned.mismatches.map(({ expected, found, tie }) => `${tie} ${found} in place of ${expected}`)
  yield* Effect.logWarning(`the session of ${condemned.name} is in ${paths.dir} now: ${because.join("; ")}`)
})

const ownConversation = Effect.fnUntraced(function* (
  storage: AgentPaths,
  wanted: { readonly owner: string; readonly directory: string },
) {
  const mark = yield* storageMarkOf(storage)
  return Option.filter(yield* findKept(storage), ({ info }) =>
    isOwnConversation({ id: info.id, directory: directoryOf(info) }, { mark, ...wanted }),
  )
})

const directoryOf = (info: SessionExport["info"]): string | null =>
  "directory" in info && typeof info.directory === "string" ? info.directory : null

/** A place without a database, from which the next session is made; who was cut off has put it there already. */
const carryOver = Effect.fnUntraced(function* (kept: SessionExport, { directory, name, owner }: CondemnedStorage) {
  const home = yield* KugetsuHome
  yield* settleStorage(home, name)
  if (yield* exists(home.agent(name).dir)) return
  const staged = yield* Effect.acquireRelease(
    Effect.map(temporaryDirectoryIn(home.agents, `.${name}.`), agentPathsAt),
    ({ dir }) => Effect.ignore(removeTree(dir)),
  )
  const document = continuedDocument(kept, DateTime.toEpochMillis(yield* DateTime.now))
  yield* replaceFile(staged.export, JSON.stringify(document))
  yield* markStorage(staged, { owner, session: document.info.id, directory })
  yield* publishStorage(home, name, staged)
}, Effect.scoped)

/** The database has it too; a copy of its own can be read by people. */
const keepApart = (storage: AgentPaths, session: string, file: string) =>
  Effect.gen(function* () {
    const stored = yield* storedExport(storage.database, session)
    if (Option.isNone(stored)) return
    yield* replaceFile(file, JSON.stringify(redactJson(stored.value, yield* redactor), null, 2))
  }).pipe(Effect.catchTag("SessionUnreadable", ({ message }) => Effect.logWarning(message)))
