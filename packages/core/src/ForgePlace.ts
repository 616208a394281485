import { Effect, Schema } from "effect"
import { type CloneUrl, hostOf, readCloneUrl } from "./domain/CloneUrl.ts"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { instanceOfServer, subPathOfServer } from "./domain/ServerAddress.ts"
import type { Server, Servers } from "./Servers.ts"

/** A repository has no forge that could be asked about it. */
export class NoForge extends Schema.TaggedError<NoForge>()("NoForge", {
  reason: Schema.String,
  remedy: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return this.reason
  }
}

/** A forge that has a repository, and the repository's name there. */
export interface ForgePlace {
  readonly server: Server
  readonly repository: { readonly owner: string; readonly name: string }
}

/**
 * Where the pull requests of an issue's work are: where the code goes decides, not the name that the repository has
 * here, as repos.json may lead to a fork or to another server.
 */
export const codePlace = Effect.fn("ForgePlace.code")(function* (servers: Servers["Service"], ref: IssueRef) {
  const address = yield* servers.cloneUrl(ref)
  const url = readCloneUrl(address)
  if (url.host === null) {
    return yield* new NoForge({
      reason: `the repository is ${address} on this machine`,
      remedy: "Nothing is wrong: a repository without a forge has no pull requests.",
    })
  }
  const server = yield* serverOf(servers, ref, url)
  if (server === null) {
    return yield* new NoForge({
      reason: `its code goes to ${url.host}, and no server of that name is known`,
      remedy: `Run: kugetsu server add ${url.host} ADDRESS --type TYPE, with the address that people open in a browser.`,
    })
  }
  const repository = repositoryAt(server, url.path)
  return repository === null
    ? yield* new NoForge({
        reason: `its code is at ${address}, which is no owner/repo of a forge`,
        remedy: "Correct the address in repos.json.",
      })
    : ({ server, repository } satisfies ForgePlace)
})

/** Where an issue is written: where its ref says. */
export const issuePlace = (servers: Servers["Service"], { instance, owner, repository }: IssueRef) =>
  namedPlace(servers, instance, `${owner}/${repository}`)

/** The repository of that name (with or without the server's own path) at a host, as people write both. */
export const namedPlace = Effect.fn("ForgePlace.named")(function* (
  servers: Servers["Service"],
  instance: string,
  path: string,
) {
  const server = yield* servers.forInstance(instance)
  const repository = repositoryAt(server, path) ?? { owner: "", name: path }
  return { server, repository } satisfies ForgePlace
})

/** Whether the code goes to the repository that has the issue, so that `#4` means the same in both. */
export const isOnePlace = Effect.fn("ForgePlace.isOne")(function* (servers: Servers["Service"], ref: IssueRef) {
  const code = yield* codePlace(servers, ref).pipe(Effect.catchTag("NoForge", () => Effect.succeed(null)))
  return code !== null && pageOf(code) === pageOf(yield* issuePlace(servers, ref))
})

/** The repository's page without its scheme, in lower case: `host[:port]/[sub/path/]owner/repo`. */
export const pageOf = ({ repository, server }: ForgePlace): string =>
  [instanceOfServer(server.url), subPathOfServer(server.url).replace(/\/+$/, ""), repository.owner, repository.name]
    .filter((part) => part !== "")
    .join("/")
    .toLowerCase()

/** Where the big forges take SSH on the port of HTTPS. */
const webHosts: Readonly<Record<string, string>> = {
  "ssh.github.com": "github.com",
  "altssh.gitlab.com": "gitlab.com",
}

/** null: a name that only ssh knows, and it may stand for any host. */
const serverOf = Effect.fnUntraced(function* (servers: Servers["Service"], ref: IssueRef, url: CloneUrl) {
  const host = webHosts[url.host ?? ""] ?? url.host ?? ""
  const isAt = ({ url }: Server) => hostName(instanceOfServer(url)) === host
  const own = yield* servers.forInstance(ref.instance)
  // the ports of ssh say nothing of the web
  const isWeb = url.transport === "https" || url.transport === "http"
  const instance = isWeb ? hostOf(url).replace(url.transport === "http" ? /:80$/ : /:443$/, "") : host
  if (isAt(own) && (!isWeb || instanceOfServer(own.url) === instance)) return own
  const server = yield* servers.forInstance(instance)
  if (isWeb) return server
  const known = yield* servers.list
  return known.find(({ name }) => name === server.name) ?? known.find(isAt) ?? null
})

const hostName = (instance: string): string => instance.replace(/:\d+$/, "")

/** Addresses for ssh are without the sub-path that the server has on the web. */
const repositoryAt = (server: Server, path: string): ForgePlace["repository"] | null => {
  const subPath = subPathOfServer(server.url)
  const below = subPath !== "" && path.startsWith(`${subPath}/`) ? path.slice(subPath.length + 1) : path
  const [, owner, name] = /^(.+)\/([^/]+)$/.exec(below) ?? []
  return owner === undefined || name === undefined ? null : { owner, name }
}
