import { Context, Effect, Layer, Option, Result, Schema } from "effect"
import { parseCloneUrl } from "./domain/CloneUrl.ts"
import { ConfigInvalid } from "./domain/Config.ts"
import type { ForgeType } from "./domain/ForgeType.ts"
import { type IssueRef, parseIssueRef } from "./domain/IssueRef.ts"
import { instanceOfServer, readServerUrl, subPathOfServer } from "./domain/ServerAddress.ts"
import { isNamed, readServers } from "./servers/ServersFile.ts"
import { Settings } from "./Settings.ts"
import type { HomeUnusable } from "./system/Files.ts"
import { jsonFile, type RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

/** A git server as the person configured it, or as its host name tells. */
export interface Server {
  readonly name: string
  /** The address people open in a browser, without a trailing slash; may have a port and a sub-path. */
  readonly url: string
  /** null: not known yet. */
  readonly type: ForgeType | null
  readonly clone: "https" | "ssh"
  /** A file with the certificate authority's certificate. */
  readonly ca: string | null
}

/** repos.json: clone addresses by issue ref, or by `host/owner/repo`. */
const ReposRecord = Schema.Record(Schema.String, Schema.String)

const serverAt = (name: string, url: string, type: ForgeType | null = null): Server => ({
  name,
  url,
  type: type ?? wellKnown.find((server) => server.url === url)?.type ?? null,
  clone: "https",
  ca: null,
})

const wellKnown: ReadonlyArray<Server> = [
  ["github", "https://github.com", "github"] as const,
  ["gitlab", "https://gitlab.com", "gitlab"] as const,
  ["codeberg", "https://codeberg.org", "gitea"] as const,
  ["gitea", "https://gitea.com", "gitea"] as const,
].map(([name, url, type]) => ({ name, url, type, clone: "https", ca: null }))

/** Of the list: one that is there without being configured. */
export const isWellKnown = (server: Server): boolean => wellKnown.includes(server)

const byName = (servers: ReadonlyArray<Server>, name: string) => servers.find(isNamed(name))

const byInstance = (servers: ReadonlyArray<Server>, instance: string) =>
  servers.find((server) => instanceOfServer(server.url) === instance.toLowerCase())

/** The name goes first: GIT_SERVERS of the first kugetsu gives a host of refs another address. */
const findServer = (servers: ReadonlyArray<Server>, text: string): Server | undefined =>
  byName(servers, text) ?? byInstance(servers, text)

/** Keys compare without the case of the repository; the first manual had a space where a `/` belongs. */
const comparable = (key: string): string => {
  const [repository = "", ...identifier] = key.trim().replace(/\s+/g, "/").split("#")
  return [repository.toLowerCase(), ...identifier].join("#")
}

const make = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const settings = yield* Settings
  const reposFile = jsonFile(ReposRecord)

  const webAddress = (where: string, key: string, text: string) =>
    Effect.fromResult(
      Result.mapError(
        readServerUrl(text),
        (reason) => new ConfigInvalid({ where, key, reason, allowed: "Allowed: https://host, a port and a path." }),
      ),
    )

  /** Every known server, and the one that is the default: what is wrong with that leaves the others as they are. */
  const load = Effect.gen(function* () {
    const { defaultGitServer, gitServers } = yield* settings.load
    const record = yield* Effect.provideService(readServers, KugetsuHome, home)
    const own = yield* Effect.forEach(record.servers, (server) =>
      Effect.map(webAddress(home.servers, server.name, server.url), (url): Server => ({
        ...serverAt(server.name, url, server.type),
        clone: server.clone,
        ca: server.ca,
      })),
    )
    const servers = [...own]
    for (const { name, url } of gitServers) {
      // Another name for a known address is kept: it may be the host of refs.
      const named = name === instanceOfServer(url) ? findServer(servers, name) : byName(servers, name)
      if (named === undefined)
        servers.push({ ...(own.find((server) => server.url === url) ?? serverAt(name, url)), name })
    }
    const isNew = ({ name, url }: Server) =>
      byName(servers, name) === undefined && byInstance(servers, instanceOfServer(url)) === undefined
    servers.push(...wellKnown.filter(isNew))
    const preferred = yield* Effect.result(preferredOf(servers, defaultGitServer, record.default))
    const isMadeUp = Result.isSuccess(preferred) && !servers.includes(preferred.success)
    return { servers: isMadeUp ? [...servers, preferred.success] : servers, preferred }
  })

  const preferredOf = Effect.fnUntraced(function* (
    servers: ReadonlyArray<Server>,
    configured: string | null,
    recorded: string | null,
  ) {
    const wanted = configured ?? recorded ?? "github.com"
    const known = findServer(servers, wanted) ?? findServer(servers, wanted.replace(/^https?:\/\/|\/+$/gi, ""))
    if (known !== undefined) return known
    const [where, key] = configured === null ? [home.servers, "default"] : [home.config, "DEFAULT_GIT_SERVER"]
    if (!/[.:]|^localhost$/.test(wanted)) {
      const instead = "`kugetsu server default NAME` sets it"
      return yield* new ConfigInvalid({
        where,
        key,
        reason: `there is no server ${JSON.stringify(wanted)}`,
        allowed: `Allowed: ${servers.map(({ name }) => name).join(", ")}, a host, or a URL; ${
          configured === null ? instead : `without DEFAULT_GIT_SERVER ${instead}`
        }.`,
      })
    }
    const url = yield* webAddress(where, key, wanted)
    return serverAt(instanceOfServer(url), url)
  })

  const forInstance = Effect.fn("Servers.forInstance")(function* (instance: string) {
    const { servers } = yield* load
    const host = instance.toLowerCase()
    return findServer(servers, host) ?? serverAt(host, `https://${host}`)
  })

  const preferred = Effect.flatMap(load, ({ preferred }) => Effect.fromResult(preferred))

  return Servers.of({
    list: Effect.map(load, ({ servers }) => servers),
    preferred,
    forInstance,
    defaultInstance: Effect.map(preferred, ({ url }) => instanceOfServer(url)),
    repositories: Effect.map(reposFile.find(home.repos), (repos) =>
      Object.keys(Option.getOrElse(repos, () => ({}))).flatMap((key) => repositoryOf(key) ?? []),
    ),
    cloneUrl: Effect.fn("Servers.cloneUrl")(function* (ref) {
      const repos = Object.entries(Option.getOrElse(yield* reposFile.find(home.repos), () => ({})))
      const entryOf = (wanted: string) => repos.find(([key]) => comparable(key) === comparable(wanted))
      const [key, url] = entryOf(ref.toString()) ?? entryOf(ref.repositoryKey) ?? []
      if (key === undefined || url === undefined) return addressAt(yield* forInstance(ref.instance), ref)
      yield* Effect.fromResult(
        Result.mapError(parseCloneUrl(url), (fault) => new ConfigInvalid({ where: home.repos, key, ...fault })),
      )
      return url
    }),
  })
})

/** `host/owner/repo` of a key; null: it names no repository. */
const repositoryOf = (key: string): string | null => {
  const [repository = ""] = key.trim().replace(/\s+/g, "/").split("#")
  return Result.match(parseIssueRef(`${repository}#1`), {
    onSuccess: (ref) => ref.repositoryKey,
    onFailure: () => null,
  })
}

/** Where a server has a repository. A pasted URL brings the server's sub-path along as part of the owner. */
const addressAt = (server: Server, ref: IssueRef): string => {
  const subPath = subPathOfServer(server.url)
  const owner = subPath !== "" && ref.owner.startsWith(`${subPath}/`) ? ref.owner.slice(subPath.length + 1) : ref.owner
  if (server.clone === "https") return `${server.url}/${owner}/${ref.repository}.git`
  return `git@${instanceOfServer(server.url).replace(/:\d+$/, "")}:${owner}/${ref.repository}.git`
}

/** Where repositories live: servers.json, GIT_SERVERS, repos.json. Read afresh at each call. */
export class Servers extends Context.Service<
  Servers,
  {
    /** What the person configured, then the well-known ones; also while the default is none of them. */
    readonly list: Effect.Effect<ReadonlyArray<Server>, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The default: the server of `owner/repo#4`. */
    readonly preferred: Effect.Effect<Server, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The server of a host (`host` or `host:port`); one is made up from the name when nothing is configured. */
    readonly forInstance: (instance: string) => Effect.Effect<Server, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The host that `owner/repo#4` means. */
    readonly defaultInstance: Effect.Effect<string, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** `host/owner/repo` of each that repos.json names. */
    readonly repositories: Effect.Effect<ReadonlyArray<string>, RecordUnreadable | HomeUnusable>
    /** repos.json by ref, then by `host/owner/repo`, then the server's own address. */
    readonly cloneUrl: (ref: IssueRef) => Effect.Effect<string, ConfigInvalid | RecordUnreadable | HomeUnusable>
  }
>()("@kugetsu/core/Servers") {
  static readonly layer = Layer.effect(Servers, make)
}
