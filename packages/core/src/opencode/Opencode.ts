import { Effect, Layer } from "effect"
import { Agent, type AgentPlace, SessionMisplaced, type TurnCommand } from "../Agent.ts"
import { Settings } from "../Settings.ts"
import { realPath } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"
import { ensureSession } from "./ensureSession.ts"
import { keepExport } from "./KeptExport.ts"
import { opencodeVersion, resolveOpencode } from "./OpencodeBinary.ts"
import { prepareCall } from "./OpencodeCall.ts"
import { readTurn } from "./readTurn.ts"
import { readStored, writePermissions } from "./SessionStorage.ts"
import { exportSession } from "./transferSession.ts"
import { writeWaitingPlugin } from "./WaitingPlugin.ts"

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const settings = yield* Settings
  const services = yield* Effect.context<KugetsuHome | Processes | Settings>()

  const verify = Effect.fn("Opencode.verify")(function* (place: AgentPlace, session: string) {
    const expected = yield* realPath(place.directory)
    const stored = yield* readStored(home.agent(place.name).database)
    const found = stored._tag === "Sessions" ? stored.sessions.find(({ id }) => id === session) : undefined
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
      const waits = yield* writeWaitingPlugin(place.env.TMPDIR ?? home.agent(place.name).dir)
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
      return { argv, cwd: call.directory, env: call.environment(database, [waits]) }
    }, Effect.provide(services)),

    report: readTurn,

    keepExport: Effect.fn("Opencode.keepExport")(function* (place, session) {
      const call = yield* prepareCall(place)
      const { exported, text } = yield* exportSession(call, home, place.name, session)
      yield* keepExport(home.agent(place.name), exported, text)
    }, Effect.provide(services)),
  })
})

/** The engine kugetsu drives: one `opencode run` a turn, on a private database with one session. */
export const Opencode = { layer: Layer.effect(Agent, make) }
