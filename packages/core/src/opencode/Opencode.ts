import { Effect, Layer, Option } from "effect"
import * as path from "node:path"
import { Agent, type AgentPlace, SessionMisplaced, type TurnCommand } from "../Agent.ts"
import { EnvFiles } from "../EnvFiles.ts"
import { Settings } from "../Settings.ts"
import { realPath } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"
import { conversationOf } from "./conversationOf.ts"
import { ensureSession } from "./ensureSession.ts"
import { exportEarlier } from "./exportEarlier.ts"
import { evictForeign } from "./evictForeign.ts"
import { finishQuarantine } from "./finishQuarantine.ts"
import { findKept, keepExport } from "./KeptExport.ts"
import { opencodeVersion, resolveOpencode } from "./OpencodeBinary.ts"
import { cacheOf, prepareCall } from "./OpencodeCall.ts"
import { quarantineStorage } from "./quarantineStorage.ts"
import { readTurn } from "./readTurn.ts"
import { writeRepositoryGuard } from "./RepositoryGuard.ts"
import { readStored, writePermissions } from "./SessionStorage.ts"
import { markStorage, ownerOf, storageMarkOf, untoldMaking } from "./StorageMark.ts"
import { recountTurn } from "./recountTurn.ts"
import { storedExport } from "./storedExport.ts"
import { exportSession } from "./transferSession.ts"
import { writeWaitingPlugin } from "./WaitingPlugin.ts"

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const settings = yield* Settings
  const services = yield* Effect.context<EnvFiles | KugetsuHome | Processes | Settings>()

  const findStored = Effect.fnUntraced(function* (place: AgentPlace, session: string) {
    const stored = yield* readStored(home.agent(place.name).database)
    return stored._tag === "Sessions" ? stored.sessions.find(({ id }) => id === session) : undefined
  })

  const verify = Effect.fn("Opencode.verify")(function* (place: AgentPlace, session: string) {
    const expected = yield* realPath(place.directory)
    const found = yield* findStored(place, session)
    if (found?.directory !== expected) {
      return yield* new SessionMisplaced({
        session,
        expected,
        found: found?.directory ?? "no directory: it is not there",
      })
    }
  })

  return Agent.of({
    version: Effect.fn("Opencode.version")(function* (env) {
      const program = yield* resolveOpencode((yield* settings.load).opencodeBin, env)
      return yield* opencodeVersion(program, env)
    }, Effect.provide(services)),

    ensureSession: Effect.fn("Opencode.ensureSession")(function* (place, from) {
      const call = yield* prepareCall(place)
      yield* evictForeign(call, place, from.known)
      const session = yield* ensureSession(call, place, from)
      yield* markStorage(home.agent(place.name), { owner: ownerOf(place), session, directory: call.directory })
      return session
    }, Effect.provide(services)),

    exportEarlier: Effect.fn("Opencode.exportEarlier")(function* (place, request) {
      return yield* exportEarlier(yield* prepareCall(place), place.name, place.env, request)
    }, Effect.provide(services)),

    verify,

    whereabouts: Effect.fn("Opencode.whereabouts")(function* (place, session) {
      const storage = home.agent(place.name)
      const mark = yield* storageMarkOf(storage)
      const stored = yield* readStored(storage.database)
      const found = stored._tag === "Sessions" ? stored.sessions.find(({ id }) => id === session) : undefined
      return { owner: mark?.owner ?? null, directory: found?.directory ?? null }
    }),

    quarantine: Effect.fn("Opencode.quarantine")(function* (place, session, mismatches) {
      // the worktree may be gone
      const directory = yield* Effect.orElseSucceed(realPath(place.directory), () => path.resolve(place.directory))
      yield* quarantineStorage({ ...place, directory }, { session, mismatches })
    }, Effect.provide(services)),

    finishQuarantine: Effect.fn("Opencode.finishQuarantine")(finishQuarantine, Effect.provide(services)),

    turn: Effect.fn("Opencode.turn")(function* (place, session, { debug }) {
      const call = yield* prepareCall(place)
      const { database } = home.agent(place.name)
      yield* verify(place, session)
      yield* writePermissions(database, session, call.permissions)
      const directory = place.env.TMPDIR ?? home.agent(place.name).dir
      const guard = yield* writeRepositoryGuard(call.directory, { cache: cacheOf(place.env), directory })
      const waits = yield* writeWaitingPlugin(directory)
      const argv: TurnCommand["argv"] = [
        call.program,
        "run",
        "--auto", // agents of the agent inherit what is denied, and not what is allowed
        "--format=json",
        `--session=${session}`,
        `--dir=${call.directory}`,
        "--print-logs",
        `--log-level=${debug ? "DEBUG" : "WARN"}`,
        ...(call.model === null ? [] : [`--model=${call.model}`]),
      ]
      return { argv, cwd: call.directory, env: call.environment(database, [waits, guard]) }
    }, Effect.provide(services)),

    report: readTurn,

    keepExport: Effect.fn("Opencode.keepExport")(function* (place, session) {
      const call = yield* prepareCall(place)
      yield* keepExport(home.agent(place.name), (yield* exportSession(call, home, place.name, session)).exported)
    }, Effect.provide(services)),

    keepStored: Effect.fn("Opencode.keepStored")(function* (name, session) {
      const storage = home.agent(name)
      const stored = yield* storedExport(storage.database, session)
      if (Option.isSome(stored)) yield* keepExport(storage, stored.value)
    }, Effect.provide(services)),

    conversation: Effect.fn("Opencode.conversation")(function* (name, session) {
      return Option.map(yield* storedExport(home.agent(name).database, session), conversationOf)
    }),

    recount: ({ events }) => recountTurn(events),

    remembers: Effect.fn("Opencode.remembers")(function* (place, session) {
      const found = yield* findStored(place, session)
      if (found?.directory !== (yield* realPath(place.directory))) return null
      const storage = home.agent(place.name)
      const kept = yield* findKept(storage)
      const untold = untoldMaking(yield* storageMarkOf(storage), session, found.messages)
      // a turn without a word leaves a copy, too
      const isOwn = untold === null || untold.from === "kept"
      return {
        messages: found.messages,
        isKept: isOwn && Option.isSome(kept) && kept.value.info.id === session,
        untold,
      }
    }),
  })
})

/** The engine kugetsu drives: one `opencode run` a turn, on a private database with one session. */
export const Opencode = { layer: Layer.effect(Agent, make) }
