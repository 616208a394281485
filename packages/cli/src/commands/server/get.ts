import { findToken, tokenVariables, variableToSet } from "@kugetsu/core/domain/ForgeToken"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import type { Server } from "@kugetsu/core/Servers"
import { requireServer } from "@kugetsu/core/servers/requireServer"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson, tell } from "../../terminal.ts"
import { name } from "./name.ts"

export const get = Command.make("get", { name }, ({ name }) =>
  Effect.gen(function* () {
    const server = yield* requireServer(name)
    const token = yield* tokenOf(server)
    if (yield* Json) return yield* printJson({ ...server, token })
    yield* print(server.url)
    yield* tell(
      token.set === null
        ? `No token of it is set. Run: kugetsu env set ${token.variables[0]} - pm-agent`
        : `Its token is in ${token.set}.`,
    )
  }),
).pipe(
  Command.withDescription("Prints a server's address, and says beside it where its token is looked for."),
  Command.withExamples([{ command: "kugetsu server get github" }]),
)

const tokenOf = Effect.fnUntraced(function* (server: Server) {
  const owner = { instance: instanceOfServer(server.url), type: server.type }
  const sources = { files: yield* (yield* EnvFiles).forAgent("dev"), environment: yield* HostEnvironment }
  const first = variableToSet(owner)
  const variables = [first, ...tokenVariables(owner).filter((variable) => variable !== first)]
  return { variables, set: findToken(owner, sources)?.variable ?? null }
})
