import { Effect } from "effect"
import { Settings } from "../Settings.ts"
import { requireServer } from "./requireServer.ts"
import { changeServers } from "./ServersFile.ts"

/**
 * Use case: `server default NAME`. `outvotedBy` is what DEFAULT_GIT_SERVER of the configuration says, which goes before
 * servers.json; null where it says nothing.
 */
export const chooseServer = Effect.fn("chooseServer")(function* (name: string) {
  const server = yield* requireServer(name)
  yield* changeServers((record) => Effect.succeed({ ...record, default: server.name }))
  const { defaultGitServer } = yield* (yield* Settings).load
  return { server, outvotedBy: defaultGitServer }
})
