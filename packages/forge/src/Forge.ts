import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import {
  findToken,
  mayCarryToken,
  type TokenOwner,
  type TokenSources,
  variableToSet,
} from "@kugetsu/core/domain/ForgeToken"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { type ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { readText } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Clock, Effect, Layer, Option } from "effect"
import { apiBase } from "./ForgeAddress.ts"
import type { ForgeApi, ForgeClient } from "./ForgeApi.ts"
import { probeForge } from "./ForgeProbe.ts"
import { gitea } from "./Gitea.ts"
import { gitHub } from "./GitHub.ts"
import { gitLab } from "./GitLab.ts"
import { makeTransport, type Credential } from "./Transport.ts"
import { unanswered } from "./Unanswered.ts"

const clients: Record<ForgeType, (api: ForgeApi) => ForgeClient> = { github: gitHub, gitlab: gitLab, gitea }

/** Why a forge cannot even be asked. */
interface Obstacle {
  readonly reason: ForgeUnknown["reason"]
  readonly detail: string
  /** null: the usual one of the reason. */
  readonly remedy: string | null
  readonly tokenVariable?: string
}

const obstacle = (reason: Obstacle["reason"], detail: string, remedy: string | null = null) =>
  Effect.fail<Obstacle>({ reason, detail, remedy })

/** A record of ours stands in the way: its own remedy is the one that helps. */
const orObstacle = (reason: Obstacle["reason"]) =>
  Effect.mapError((error: { readonly message: string; readonly remedy: string }): Obstacle => ({
    reason,
    detail: error.message,
    remedy: error.remedy,
  }))

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

  const connect = Effect.fn("Forge.connect")(function* (ref: IssueRef): Effect.fn.Return<ForgeClient, Obstacle> {
    const host = ref.instance
    const cloneUrl = yield* servers.cloneUrl(ref).pipe(orObstacle("unknown_forge"))
    if (readCloneUrl(cloneUrl).transport === "file")
      return yield* obstacle(
        "unknown_forge",
        `the repository is ${cloneUrl} on this machine`,
        "Nothing is wrong: a repository without a forge has no pull requests.",
      )

    const server = yield* servers.forInstance(host).pipe(orObstacle("unknown_forge"))
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
      host,
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

  const clientFor = (ref: IssueRef, operation: string) =>
    Effect.mapError(connect(ref), (facts) => unanswered({ host: ref.instance, operation, ...facts }))

  return PullRequests.of({
    findByBranch: Effect.fn("PullRequests.findByBranch")(function* (ref, branch) {
      const client = yield* clientFor(ref, `pull requests of ${ref.owner}/${ref.repository} from ${branch}`)
      return yield* client.findByBranch({ owner: ref.owner, name: ref.repository }, branch)
    }),
    findByNumber: Effect.fn("PullRequests.findByNumber")(function* (ref, number) {
      const client = yield* clientFor(ref, `pull request ${ref.owner}/${ref.repository}#${number}`)
      return yield* client.findByNumber({ owner: ref.owner, name: ref.repository }, number)
    }),
  })
})

/** `PullRequests` for GitHub, GitLab, Gitea and Forgejo: host -> server -> kind of forge -> token -> question. */
export const ForgePullRequests = { layer: Layer.effect(PullRequests, make) }
