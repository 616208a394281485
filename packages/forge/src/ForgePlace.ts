import { type CloneUrl, hostOf, readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { instanceOfServer, subPathOfServer } from "@kugetsu/core/domain/ServerAddress"
import type { Server, Servers } from "@kugetsu/core/Servers"
import { Effect } from "effect"
import type { Repository } from "./ForgeClient.ts"
import { type Obstacle, obstacle, orObstacle } from "./Obstacle.ts"

/** The forge that has a repository, and the repository's name there. */
export interface ForgePlace {
  readonly server: Server
  readonly repository: Repository
}

/** Where the code goes decides, not the name that the repository has here: repos.json may lead to another server. */
export const placeOf = Effect.fn("ForgePlace.placeOf")(function* (
  servers: Servers["Service"],
  ref: IssueRef,
): Effect.fn.Return<ForgePlace, Obstacle> {
  const address = yield* servers.cloneUrl(ref).pipe(orObstacle)
  const url = readCloneUrl(address)
  if (url.host === null) {
    return yield* obstacle(
      "unknown_forge",
      `the repository is ${address} on this machine`,
      "Nothing is wrong: a repository without a forge has no pull requests.",
    )
  }
  const server = yield* serverOf(servers, ref, url)
  if (server === null) {
    return yield* obstacle(
      "unknown_forge",
      `its code goes to ${url.host}, and no server of that name is known`,
      `Add it to servers.json: "${url.host}" as the name, the address people open in a browser, and the type.`,
    )
  }
  const repository = repositoryAt(server, url.path)
  return repository === null
    ? yield* obstacle("unknown_forge", `its code is at ${address}, which is no owner/repo of a forge`)
    : { server, repository }
})

/** Where the big forges take SSH on the port of HTTPS. */
const webHosts: Readonly<Record<string, string>> = {
  "ssh.github.com": "github.com",
  "altssh.gitlab.com": "gitlab.com",
}

/** null: a name that only ssh knows, and it may stand for any host. */
const serverOf = Effect.fnUntraced(function* (
  servers: Servers["Service"],
  ref: IssueRef,
  url: CloneUrl,
): Effect.fn.Return<Server | null, Obstacle> {
  const host = webHosts[url.host ?? ""] ?? url.host ?? ""
  const isAt = ({ url }: Server) => hostName(instanceOfServer(url)) === host
  const own = yield* servers.forInstance(ref.instance).pipe(orObstacle)
  // the ports of ssh say nothing of the web
  const isWeb = url.transport === "https" || url.transport === "http"
  const instance = isWeb ? hostOf(url).replace(url.transport === "http" ? /:80$/ : /:443$/, "") : host
  if (isAt(own) && (!isWeb || instanceOfServer(own.url) === instance)) return own
  const server = yield* servers.forInstance(instance).pipe(orObstacle)
  if (isWeb) return server
  const known = yield* servers.list.pipe(orObstacle)
  return known.find(({ name }) => name === server.name) ?? known.find(isAt) ?? null
})

const hostName = (instance: string): string => instance.replace(/:\d+$/, "")

/** Addresses for ssh are without the sub-path that the server has on the web. */
const repositoryAt = (server: Server, path: string): Repository | null => {
  const subPath = subPathOfServer(server.url)
  const below = subPath !== "" && path.startsWith(`${subPath}/`) ? path.slice(subPath.length + 1) : path
  const [, owner, name] = /^(.+)\/([^/]+)$/.exec(below) ?? []
  return owner === undefined || name === undefined ? null : { owner, name }
}
