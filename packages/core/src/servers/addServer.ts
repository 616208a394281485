import { Effect, Result, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { readServerUrl } from "../domain/ServerAddress.ts"
import { changeServers, isNamed, type ServerEntry } from "./ServersFile.ts"

/** What was said of a server; of one that is there already the rest stays. */
export type ServerGiven = Pick<ServerEntry, "name" | "url"> & Partial<ServerEntry>

/** Another server has that name. */
export class ServerNameTaken extends Schema.TaggedError<ServerNameTaken>()("ServerNameTaken", {
  name: Schema.String,
  url: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `there is a server ${this.name} already: ${this.url}`
  }
  get remedy() {
    return `Take another name, or first run: kugetsu server remove ${this.name}`
  }
}

/** The name or the address can be that of no server. What was typed is not repeated where it may hold credentials. */
export class ServerRefused extends Schema.TaggedError<ServerRefused>()("ServerRefused", {
  what: Schema.String,
  reason: Schema.String,
  allowed: Schema.String,
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `${this.what}: ${this.reason}`
  }
  get remedy() {
    return this.allowed
  }
}

/**
 * Use case: `server add`. `url` is what people paste: a bare host will do. The same server under the same name again is
 * no error: it takes what is new of it, keeps the rest, and stays in its place. Gives what is there then.
 */
export const addServer = Effect.fn("addServer")(function* (
  given: ServerGiven,
  { makeDefault }: { readonly makeDefault: boolean },
) {
  const { name } = given
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}._:-]*$/u.test(name) || name.length > 100) {
    return yield* new ServerRefused({
      what: "the name",
      reason: "it can be no server's name",
      allowed: "Allowed: up to 100 letters, digits, `.`, `_`, `-` and `:`, beginning with a letter or digit.",
    })
  }
  const url = yield* Effect.fromResult(
    Result.mapError(
      readServerUrl(given.url),
      (reason) =>
        new ServerRefused({ what: "the address", reason, allowed: "Allowed: https://host, a port and a path." }),
    ),
  )
  let server: ServerEntry = { type: null, clone: "https", ca: null, ...given, url }
  yield* changeServers((record) => {
    const taken = record.servers.find(isNamed(name))
    if (taken !== undefined && taken.url !== url) return new ServerNameTaken({ name, url: taken.url })
    if (taken !== undefined) server = { ...taken, ...given, url }
    return Effect.succeed({
      ...record,
      default: makeDefault ? name : record.default,
      servers:
        taken === undefined ? [...record.servers, server] : record.servers.map((one) => (one === taken ? server : one)),
    })
  })
  return server
})
