import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { AgentName } from "@kugetsu/core/domain/Run"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { ForgeAllowance } from "@kugetsu/core/ForgeAllowance"
import { codePlace, type ForgePlace, issuePlace, NoForge } from "@kugetsu/core/ForgePlace"
import { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { type Server, Servers } from "@kugetsu/core/Servers"
import { Clock, Effect } from "effect"
import { apiBase } from "./ForgeAddress.ts"
import { type ForgeApi, Patience } from "./ForgeApi.ts"
import type { ForgeClient, Repository } from "./ForgeClient.ts"
import { type ApiAt, forgeConnections } from "./ForgeConnection.ts"
import { forgeKinds } from "./ForgeKind.ts"
import { gitea } from "./Gitea.ts"
import { gitHub } from "./GitHub.ts"
import { gitLab } from "./GitLab.ts"
import { unanswered } from "./Unanswered.ts"

const clients: Record<ForgeType, (api: ForgeApi) => ForgeClient> = { github: gitHub, gitlab: gitLab, gitea }

/** A forge that can be asked. */
interface Reached {
  readonly client: ForgeClient
  readonly host: string
}

interface ReachedRepository extends Reached {
  readonly repository: Repository
}

/** A question within its time, and within what is left to whoever asks. */
const inTime = Effect.fnUntraced(function* <A, E>(
  asked: Effect.Effect<A, E>,
  at: { readonly host: string; readonly operation: string },
) {
  const allowance = yield* ForgeAllowance
  const limit = Math.min((yield* Patience).questionMs, allowance?.msLeft ?? Number.POSITIVE_INFINITY)
  const remedy = `Check that ${at.host} is up; before you write anything there again, look whether it is there.`
  const tooLong = (detail: string) => unanswered({ ...at, reason: "unavailable", detail, remedy })
  if (limit === 0) return yield* tooLong("it was waited for as long as it may be")
  const started = yield* Clock.currentTimeMillis
  const noteTime = Effect.map(Clock.currentTimeMillis, (now) => allowance?.waited(now - started))
  const orElse = () => tooLong(`no whole answer within ${limit / 1000} s`)
  return yield* asked.pipe(Effect.timeoutOrElse({ duration: limit, orElse }), Effect.ensuring(noteTime))
})

type PlaceOf = (
  servers: Servers["Service"],
  ref: IssueRef,
) => Effect.Effect<ForgePlace, NoForge | Effect.Error<ReturnType<Servers["Service"]["cloneUrl"]>>>

type Question<A, E> = readonly [
  ref: IssueRef,
  operationOn: (name: string) => string,
  question: (reached: ReachedRepository) => Effect.Effect<A, E>,
  as?: AgentName,
]

/** What another kind of forge would answer too. */
const isStrange = (error: unknown): boolean =>
  error instanceof ForgeUnknown && ["not_found", "bad_answer", "unauthorised"].includes(error.reason)

/** How a question gets to the forge that it is for, and for how long it is waited for. */
export const askingForges = Effect.gen(function* () {
  const servers = yield* Servers
  const connect = yield* forgeConnections
  const kinds = yield* forgeKinds

  /** Puts a question to a server: token -> kind of forge -> question. */
  const askingServer = Effect.fn("Forge.askingServer")(function* <A, E>(
    configured: Server,
    operation: string,
    question: (reached: Reached) => Effect.Effect<A, E>,
    as: AgentName | null = null,
  ): Effect.fn.Return<A, E | ForgeUnknown> {
    const server = { ...configured, url: configured.url.replace(/\/+$/, "") }
    const host = instanceOfServer(server.url)
    const there = { host, operation }
    const reach = (apiAt: ApiAt, type: ForgeType): Reached => ({
      client: clients[type](apiAt(type, apiBase(type, server.url))),
      host,
    })
    const asked = Effect.gen(function* () {
      const { apiAt, type } = yield* Effect.gen(function* () {
        const apiAt = yield* connect(server, as)
        return { apiAt, type: yield* kinds.of(server, apiAt) }
      }).pipe(Effect.mapError((facts) => unanswered({ ...there, ...facts })))
      return yield* question(reach(apiAt, type)).pipe(
        Effect.catchIf(isStrange, (error) =>
          Effect.flatMap(kinds.another(server, apiAt, type), (other) =>
            other === null ? Effect.fail(error) : question(reach(apiAt, other)),
          ),
        ),
      )
    })
    return yield* inTime(asked, there)
  })

  /** Puts a question to the forge at a place. */
  const askingAt = Effect.fn("Forge.askingAt")(function* <A, E>(
    placeOf: PlaceOf,
    ref: IssueRef,
    /** What is asked, of a repository of that name. */
    operationOn: (name: string) => string,
    question: (reached: ReachedRepository) => Effect.Effect<A, E>,
    as?: AgentName,
  ): Effect.fn.Return<A, E | ForgeUnknown> {
    const here = { host: ref.instance, operation: operationOn(`${ref.owner}/${ref.repository}`) }
    const place = yield* Effect.mapError(placeOf(servers, ref), (error) =>
      unanswered({
        ...here,
        reason: error instanceof NoForge ? "unknown_forge" : "misconfigured",
        detail: error.message,
        remedy: error.remedy,
      }),
    )
    const { repository, server } = place
    const operation = operationOn(`${repository.owner}/${repository.name}`)
    return yield* askingServer(server, operation, (reached) => question({ ...reached, repository }), as)
  })

  /** Of the repository that the code goes to. */
  const asking = <A, E>(...question: Question<A, E>) => askingAt(codePlace, ...question)
  /** Of the repository that the ref names. */
  const askingIssue = <A, E>(...question: Question<A, E>) => askingAt(issuePlace, ...question)

  return { asking, askingIssue, askingServer }
})
