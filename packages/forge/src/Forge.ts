import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import {
  findToken,
  mayCarryToken,
  type TokenOwner,
  type TokenSources,
  variableToSet,
} from "@kugetsu/core/domain/ForgeToken"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { decidingPullRequest, isOpenPullRequest } from "@kugetsu/core/domain/PullRequest"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Issues } from "@kugetsu/core/Issues"
import { PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { readText } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Clock, Context, Effect, Layer, Option } from "effect"
import { apiBase } from "./ForgeAddress.ts"
import type { ForgeApi, ForgeClient } from "./ForgeApi.ts"
import { type ForgePlace, placeOf } from "./ForgePlace.ts"
import { probeForge } from "./ForgeProbe.ts"
import { gitea } from "./Gitea.ts"
import { gitHub } from "./GitHub.ts"
import { gitLab } from "./GitLab.ts"
import { type Obstacle, obstacle, orObstacle } from "./Obstacle.ts"
import { makeTransport, type Credential } from "./Transport.ts"
import { unanswered } from "./Unanswered.ts"

const clients: Record<ForgeType, (api: ForgeApi) => ForgeClient> = { github: gitHub, gitlab: gitLab, gitea }

const certificateIn = (file: string) =>
  Effect.flatMap(
    readText(file).pipe(orObstacle("unavailable")),
    Option.match({
      onNone: () => obstacle("unavailable", `its certificate ${file} is not there`, "Correct `ca` in servers.json."),
      onSome: (pem) => Effect.succeed(pem),
    }),
  )

const requireToken = (owner: TokenOwner, sources: TokenSources) => {
  const none = (tokenVariable: string, detail: string) =>
    Effect.fail<Obstacle>({ reason: "no_token", detail, remedy: null, tokenVariable })
  const found = findToken(owner, sources)
  if (found === null) return none(variableToSet(owner), "there is no token for it")
  const { token, variable } = found
  return token === null
    ? none(variable, `${variable} holds what can be no token`)
    : Effect.succeed({ token, tokenVariable: variable })
}

const make = Effect.gen(function* () {
  const servers = yield* Servers
  const envFiles = yield* EnvFiles
  const environment = yield* HostEnvironment
  const clock = yield* Clock.Clock
  /** What servers of unknown type said of themselves, by address. */
  const learnt = new Map<string, ForgeType>()

  const connect = Effect.fn("Forge.connect")(function* ({
    server,
  }: ForgePlace): Effect.fn.Return<ForgeClient, Obstacle> {
    const url = server.url.replace(/\/+$/, "")
    if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
      return yield* obstacle("unknown_forge", `its address ${url} is no web address`)
    if (!mayCarryToken(readCloneUrl(url)))
      return yield* obstacle(
        "no_token",
        `its address ${url} would send the token in the clear`,
        "Give the server an https:// address in servers.json.",
      )
    const ca = server.ca === null ? null : yield* certificateIn(server.ca)
    const owner: TokenOwner = { instance: instanceOfServer(url), type: server.type }
    const files = yield* envFiles.forAgent("dev").pipe(orObstacle("no_token"))
    const { token, tokenVariable } = yield* requireToken(owner, { files, environment })
    const apiAt = (base: string, scheme: Credential["scheme"]): ForgeApi => ({
      host: instanceOfServer(url),
      base,
      tokenVariable,
      fetch: makeTransport({ base, credential: { scheme, token }, ca, now: () => clock.currentTimeMillisUnsafe() }),
    })

    const learn = Effect.gen(function* () {
      const type = yield* probeForge(url, (base) => apiAt(base, "Bearer")).pipe(
        Effect.catch((error) => obstacle("unknown_forge", `what it is could not be learnt: ${error.detail}`)),
      )
      if (type === null) return yield* obstacle("unknown_forge", "it is neither a GitHub, GitLab, Gitea nor Forgejo")
      learnt.set(url, type)
      return type
    })

    const type = server.type ?? learnt.get(url) ?? (yield* learn)
    return clients[type](apiAt(apiBase(type, url), type === "gitea" ? "token" : "Bearer"))
  })

  /** The client of the repository's forge, and what the repository is called there. */
  const reach = Effect.fn("Forge.reach")(function* (ref: IssueRef, operationOn: (name: string) => string) {
    const here = { host: ref.instance, operation: operationOn(`${ref.owner}/${ref.repository}`) }
    const place = yield* Effect.mapError(placeOf(servers, ref), (facts) => unanswered({ ...here, ...facts }))
    const { owner, name } = place.repository
    const there = { host: instanceOfServer(place.server.url), operation: operationOn(`${owner}/${name}`) }
    const client = yield* Effect.mapError(connect(place), (facts) => unanswered({ ...there, ...facts }))
    return [client, place.repository] as const
  })

  const pullRequests = PullRequests.of({
    findByBranch: Effect.fn("PullRequests.findByBranch")(function* (ref, branch) {
      const [client, repository] = yield* reach(ref, (name) => `pull requests of ${name} from ${branch}`)
      return yield* client.findByBranch(repository, branch)
    }),
    findByNumber: Effect.fn("PullRequests.findByNumber")(function* (ref, number) {
      const [client, repository] = yield* reach(ref, (name) => `pull request ${name}#${number}`)
      return yield* client.findByNumber(repository, number)
    }),
    deciding: Effect.fn("PullRequests.deciding")(function* (ref, { number, branch }) {
      if (number === null && branch === null) return null
      const [client, repository] = yield* reach(
        ref,
        (name) => `pull request ${name}${number === null ? "" : `#${number}`}`,
      )
      if (number === null) return branch === null ? null : yield* client.findByBranch(repository, branch)
      const own = yield* client.findByNumber(repository, number)
      if (branch === null || isOpenPullRequest(own)) return own
      const other = yield* client.findByBranch(repository, branch)
      return decidingPullRequest(other === null ? [own] : [own, other])
    }),
    create: (ref) => unfinished(ref),
    checks: (ref) => unfinished(ref),
  })
  const issues = Issues.of({ read: (ref) => unfinished(ref), comment: (ref) => unfinished(ref) })
  return Context.make(PullRequests, pullRequests).pipe(Context.add(Issues, issues))
})

const unfinished = (ref: IssueRef) =>
  unanswered({ host: ref.instance, operation: "this question", reason: "unknown_forge", detail: "it is not asked yet" })

/** `PullRequests` and `Issues` for GitHub, GitLab, Gitea and Forgejo: host -> server -> kind of forge -> token -> question. */
export const Forge = { layer: Layer.effectContext(make) }
