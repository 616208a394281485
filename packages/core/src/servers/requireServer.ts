import { Effect, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import { suggestionFor } from "../domain/Suggestion.ts"
import { type Server, Servers } from "../Servers.ts"
import { isNamed } from "./ServersFile.ts"

export class ServerUnknown extends Schema.TaggedError<ServerUnknown>()("ServerUnknown", {
  name: Schema.String,
  suggestion: Schema.NullOr(Schema.String),
}) {
  readonly code = ExitCode.failed
  static among(name: string, servers: ReadonlyArray<Server>) {
    const names = servers.map((server) => server.name)
    return new ServerUnknown({ name, suggestion: suggestionFor(name, names) })
  }
  override get message() {
    const meant = this.suggestion === null ? "" : `; did you mean ${this.suggestion}?`
    return `there is no server ${JSON.stringify(this.name)}${meant}`
  }
  get remedy() {
    return "`kugetsu server list` shows those that there are, `kugetsu server add` adds one."
  }
}

/** The server of a name or a host. */
export const requireServer = Effect.fn("requireServer")(function* (name: string) {
  const servers = yield* (yield* Servers).list
  const named = servers.find(isNamed(name)) ?? servers.find(({ url }) => instanceOfServer(url) === name.toLowerCase())
  return named ?? (yield* ServerUnknown.among(name, servers))
})
