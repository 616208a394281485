import { Effect, Redacted } from "effect"
import { findToken } from "../domain/ForgeToken.ts"
import { AgentName } from "../domain/Run.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import { EnvFiles } from "../EnvFiles.ts"
import type { Server } from "../Servers.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"

/** A token, by who has it and where. */
export interface AgentToken {
  readonly as: AgentName
  readonly variable: string
}

/** The tokens that agents have for a server, each once, the developer's first. */
export const agentTokens = Effect.gen(function* () {
  const envFiles = yield* EnvFiles
  const environment = yield* HostEnvironment
  const agents = yield* Effect.forEach(AgentName.literals, (as) =>
    Effect.map(envFiles.forAgent(as), (files) => ({ as, files })),
  )
  return ({ type, url }: Pick<Server, "type" | "url">): ReadonlyArray<AgentToken> => {
    const tokens = new Map<string | null, AgentToken>()
    for (const { as, files } of agents) {
      const found = findToken({ instance: instanceOfServer(url), type }, { files, environment })
      if (found === null) continue
      const value = found.token === null ? null : Redacted.value(found.token)
      if (!tokens.has(value)) tokens.set(value, { as, variable: found.variable })
    }
    return [...tokens.values()]
  }
}).pipe(Effect.withSpan("agentTokens"))
