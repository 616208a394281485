import { Effect, Layer, Option } from "effect"
import { Agent, type AgentPlace, SessionMisplaced, type TurnCommand } from "../Agent.ts"
import { EnvFiles } from "../EnvFiles.ts"
import { Settings } from "../Settings.ts"
import { realPath } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"
import { conversationOf } from "./conversationOf.ts"
import { ensureSession } from "./ensureSession.ts"
import { keepExport } from "./KeptExport.ts"
import { opencodeVersion, resolveOpencode } from "./OpencodeBinary.ts"
import { prepareCall } from "./OpencodeCall.ts"
import { readTurn } from "./readTurn.ts"
import { recountTurn } from "./recountTurn.ts"
import { readStored, writePermissions } from "./SessionStorage.ts"
import { storedExport } from "./storedExport.ts"
import { exportSession } from "./transferSession.ts"

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
      return yield* ensureSession(yield* prepareCall(place), place, from)
    }, Effect.provide(services)),

    verify,

    turn: Effect.fn("Opencode.turn")(function* (place, session, { debug }) {
      const call = yield* prepareCall(place)
      const { database } = home.agent(place.name)
      yield* verify(place, session)
      yield* writePermissions(database, session, call.permissions)
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
      return { argv, cwd: call.directory, env: call.environment(database) }
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
      return found?.directory === (yield* realPath(place.directory)) ? found.messages : null
    }),
  })
})

/** The engine kugetsu drives: one `opencode run` a turn, on a private database with one session. */
export const Opencode = { layer: Layer.effect(Agent, make) }
