import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import {
  findToken,
  mayCarryToken,
  type TokenOwner,
  type TokenSources,
  variableToSet,
} from "@kugetsu/core/domain/ForgeToken"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { AgentName } from "@kugetsu/core/domain/Run"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { runningAgent } from "@kugetsu/core/runningAgent"
import type { Server } from "@kugetsu/core/Servers"
import { readText } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Clock, Effect, Option, Redacted } from "effect"
import { AnswerMemory } from "./AnswerMemory.ts"
import type { ForgeApi } from "./ForgeApi.ts"
import { type Obstacle, obstacle, orObstacle } from "./Obstacle.ts"
import { plainProxy } from "./PlainProxy.ts"
import { RateBudget } from "./RateBudget.ts"
import { makeTransport } from "./Transport.ts"

/** How a server is asked as a forge of some type, with its API at some address. */
export type ApiAt = (type: ForgeType, base: string) => ForgeApi

/**
 * The way to servers: whose token, which certificate, what the forge said of its limits. Everybody in this process who
 * asks the same host shares the last.
 */
export const forgeConnections = Effect.gen(function* () {
  const envFiles = yield* EnvFiles
  const environment = yield* HostEnvironment
  const home = yield* KugetsuHome
  const asking = Effect.provideService(runningAgent, KugetsuHome, home)
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const budgets = new Map<string, RateBudget>()
  const memories = new Map<string, { readonly token: string; readonly memory: AnswerMemory }>()

  const budgetOf = (host: string): RateBudget => {
    const budget = budgets.get(host) ?? new RateBudget()
    budgets.set(host, budget)
    return budget
  }

  /** What one person may see is not shown to another. */
  const memoryOf = (base: string, token: string): AnswerMemory => {
    const known = memories.get(base)
    if (known?.token === token) return known.memory
    const memory = new AnswerMemory()
    memories.set(base, { token, memory })
    return memory
  }

  return Effect.fn("ForgeConnection.connect")(function* (
    server: Server,
    /** Whose token is sent; null: that of the agent in whose run this process is, or of a developer. */
    as: AgentName | null,
  ): Effect.fn.Return<ApiAt, Obstacle> {
    const { url } = server
    if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
      return yield* obstacle("misconfigured", `its address ${url} is no web address`)
    yield* requireSafeWay(url, environment)
    const ca = server.ca === null ? null : yield* certificateIn(server.ca)
    const host = instanceOfServer(url)
    // what the PM writes it writes in its own name
    const files = yield* Effect.flatMap(asking, (agent) => envFiles.forAgent(as ?? agent ?? "dev")).pipe(orObstacle)
    const { token, tokenVariable } = yield* requireToken(
      { instance: host, type: server.type },
      { files, environment },
      home.envDir,
    )
    return (type, base) => ({
      host,
      base,
      tokenVariable,
      fetch: makeTransport({
        base,
        credential: { scheme: type === "gitea" ? "token" : "Bearer", token },
        ca,
        now,
        budget: budgetOf(host),
        // the others have no such answer, or count it like any other
        memory: type === "github" ? memoryOf(base, Redacted.value(token)) : null,
      }),
    })
  })
})

const requireSafeWay = Effect.fnUntraced(function* (url: string, environment: HostVariables) {
  if (!mayCarryToken(readCloneUrl(url)))
    return yield* obstacle(
      "misconfigured",
      `its address ${url} would send the token in the clear`,
      "Give the server an https:// address in servers.json.",
    )
  const proxy = url.startsWith("http:") ? plainProxy(environment, new URL(url)) : null
  if (proxy !== null)
    return yield* obstacle(
      "misconfigured",
      `${proxy} would send the token through a proxy in the clear`,
      `Add ${new URL(url).hostname} to NO_PROXY, or give the server an https:// address in servers.json.`,
    )
})

type HostVariables = Readonly<Record<string, string | undefined>>

const certificateIn = (file: string) =>
  Effect.flatMap(
    readText(file).pipe(orObstacle),
    Option.match({
      onNone: () => obstacle("misconfigured", `its certificate ${file} is not there`, "Correct `ca` in servers.json."),
      onSome: (pem) => Effect.succeed(pem),
    }),
  )

const requireToken = (owner: TokenOwner, sources: TokenSources, envDir: string) => {
  const none = (reason: Obstacle["reason"], tokenVariable: string, detail: string) =>
    Effect.fail<Obstacle>({ reason, detail, remedy: null, tokenVariable })
  const found = findToken(owner, sources)
  if (found === null) {
    const variable = variableToSet(owner)
    const where = `${variable} is neither in a file of ${envDir} nor in the environment`
    return none("no_token", variable, `there is no token for it: ${where}`)
  }
  const { token, variable } = found
  return token === null
    ? none("misconfigured", variable, `${variable} holds what can be no token`)
    : Effect.succeed({ token, tokenVariable: variable })
}
