import { Effect, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { Servers } from "../Servers.ts"
import { Settings } from "../Settings.ts"
import { changeServers, isNamed } from "./ServersFile.ts"
import { ServerUnknown } from "./requireServer.ts"

/** It stands elsewhere than in servers.json, so it cannot be taken out of there. */
export class ServerNotOwn extends Schema.TaggedError<ServerNotOwn>()("ServerNotOwn", { name: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.name} was not added by \`server add\``
  }
  get remedy() {
    return "It is known by itself, or stands in GIT_SERVERS of the config. A server that no issue names does nothing."
  }
}

/**
 * Use case: `server remove`. Gives what was removed, whether it was the default, and whether DEFAULT_GIT_SERVER of the
 * configuration names it, and so nothing any more. Issues of the server stay.
 */
export const removeServer = Effect.fn("removeServer")(function* (name: string) {
  let wasDefault = false
  let removed = name
  const { list } = yield* Servers
  const servers = yield* list
  yield* changeServers(
    Effect.fnUntraced(function* (record) {
      const own = record.servers.find(isNamed(name))
      if (own === undefined) {
        return yield* servers.some(isNamed(name)) ? new ServerNotOwn({ name }) : ServerUnknown.among(name, servers)
      }
      removed = own.name
      wasDefault = record.default !== null && isNamed(record.default)(own)
      return {
        ...record,
        default: wasDefault ? null : record.default,
        servers: record.servers.filter((one) => one !== own),
      }
    }),
  )
  const { defaultGitServer } = yield* (yield* Settings).load
  const isNamedStill = defaultGitServer !== null && isNamed(defaultGitServer)({ name: removed })
  return { removed, wasDefault, isNamedStill: isNamedStill && !(yield* list).some(isNamed(removed)) }
})
