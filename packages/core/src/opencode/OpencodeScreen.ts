import { Effect, Layer } from "effect"
import { AgentScreen } from "../AgentScreen.ts"
import { Settings } from "../Settings.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { prepareCall } from "./OpencodeCall.ts"
import { readStored } from "./SessionStorage.ts"

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const services = yield* Effect.context<Settings>()

  return AgentScreen.of({
    open: Effect.fn("OpencodeScreen.open")(function* (place, session) {
      const call = yield* prepareCall(place)
      return {
        argv: [call.program, "--session", session, ...(call.model === null ? [] : ["--model", call.model])] as const,
        cwd: call.directory,
        env: call.environment(home.agent(place.name).database),
      }
    }, Effect.provideContext(services)),

    newest: Effect.fn("OpencodeScreen.newest")(function* (place) {
      const stored = yield* readStored(home.agent(place.name).database)
      return stored._tag === "Sessions" ? (stored.sessions[0]?.id ?? null) : null
    }),
  })
})

/** opencode's terminal interface on a private database. */
export const OpencodeScreen = { layer: Layer.effect(AgentScreen, make) }
