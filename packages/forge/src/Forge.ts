import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { decidingPullRequest, isOpenPullRequest } from "@kugetsu/core/domain/PullRequest"
import { instanceOfServer } from "@kugetsu/core/domain/ServerAddress"
import { codePlace, type ForgePlace, issuePlace, NoForge } from "@kugetsu/core/ForgePlace"
import { Issues } from "@kugetsu/core/Issues"
import { ForgeUnknown, PullRequests } from "@kugetsu/core/PullRequests"
import { Servers } from "@kugetsu/core/Servers"
import { Context, Effect, Layer } from "effect"
import { apiBase } from "./ForgeAddress.ts"
import type { ForgeApi } from "./ForgeApi.ts"
import type { ForgeClient, Repository } from "./ForgeClient.ts"
import { type ApiAt, forgeConnections } from "./ForgeConnection.ts"
import { forgeKinds } from "./ForgeKind.ts"
import { gitea } from "./Gitea.ts"
import { gitHub } from "./GitHub.ts"
import { gitLab } from "./GitLab.ts"
import { openPullRequest } from "./openPullRequest.ts"
import { threadOf } from "./threadOf.ts"
import { unanswered } from "./Unanswered.ts"

const clients: Record<ForgeType, (api: ForgeApi) => ForgeClient> = { github: gitHub, gitlab: gitLab, gitea }

/** A forge that can be asked. */
interface Reached {
  readonly client: ForgeClient
  readonly host: string
  readonly repository: Repository
}

type PlaceOf = (
  servers: Servers["Service"],
  ref: IssueRef,
) => Effect.Effect<ForgePlace, NoForge | Effect.Error<ReturnType<Servers["Service"]["cloneUrl"]>>>

type Question<A, E> = readonly [
  ref: IssueRef,
  operationOn: (name: string) => string,
  question: (reached: Reached) => Effect.Effect<A, E>,
]

/** What another kind of forge would answer too. */
const isStrange = (error: unknown): boolean =>
  error instanceof ForgeUnknown && ["not_found", "bad_answer", "unauthorised"].includes(error.reason)

const make = Effect.gen(function* () {
  const servers = yield* Servers
  const connect = yield* forgeConnections
  const kinds = yield* forgeKinds

  /** Puts a question to the forge at a place: server -> token -> kind of forge -> question. */
  const askingAt = Effect.fn("Forge.askingAt")(function* <A, E>(
    placeOf: PlaceOf,
    ref: IssueRef,
    /** What is asked, of a repository of that name. */
    operationOn: (name: string) => string,
    question: (reached: Reached) => Effect.Effect<A, E>,
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
    const { repository } = place
    const server = { ...place.server, url: place.server.url.replace(/\/+$/, "") }
    const host = instanceOfServer(server.url)
    const there = { host, operation: operationOn(`${repository.owner}/${repository.name}`) }
    const reach = (apiAt: ApiAt, type: ForgeType): Reached => ({
      client: clients[type](apiAt(type, apiBase(type, server.url))),
      host,
      repository,
    })
    const { apiAt, type } = yield* Effect.gen(function* () {
      const apiAt = yield* connect(server)
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

  /** Of the repository that the code goes to. */
  const asking = <A, E>(...question: Question<A, E>) => askingAt(codePlace, ...question)
  /** Of the repository that the ref names. */
  const askingIssue = <A, E>(...question: Question<A, E>) => askingAt(issuePlace, ...question)

  const byBranch = (ref: IssueRef, branch: string) =>
    asking(
      ref,
      (name) => `pull requests of ${name} from ${branch}`,
      ({ client, repository }) => client.findByBranch(repository, branch),
    )

  const pullRequests = PullRequests.of({
    findByBranch: Effect.fn("PullRequests.findByBranch")(byBranch),
    findByNumber: Effect.fn("PullRequests.findByNumber")((ref, number) =>
      asking(
        ref,
        (name) => `pull request ${name}#${number}`,
        ({ client, repository }) => client.findByNumber(repository, number),
      ),
    ),
    deciding: Effect.fn("PullRequests.deciding")(function* (ref, { branch, number }) {
      if (number === null) return branch === null ? null : yield* byBranch(ref, branch)
      return yield* asking(
        ref,
        (name) => `pull request ${name}#${number}`,
        Effect.fnUntraced(function* ({ client, repository }) {
          const own = yield* client.findByNumber(repository, number)
          if (branch === null || isOpenPullRequest(own)) return own
          const other = yield* client.findOpen(repository, branch)
          return decidingPullRequest(other === null ? [own] : [own, other])
        }),
      )
    }),
    create: Effect.fn("PullRequests.create")((ref, wanted) =>
      asking(
        ref,
        (name) => `opening a pull request of ${name} from ${wanted.branch}`,
        ({ client, host, repository }) => openPullRequest(client, host, repository, wanted),
      ),
    ),
    checks: Effect.fn("PullRequests.checks")((ref, pullRequest) =>
      asking(
        ref,
        (name) => `checks of ${name}#${pullRequest.number}`,
        ({ client, repository }) => client.checks(repository, pullRequest),
      ),
    ),
  })

  const issues = Issues.of({
    read: Effect.fn("Issues.read")(function* (ref) {
      const thread = yield* threadOf(ref)
      return yield* askingIssue(
        ref,
        (name) => `${thread.kind} ${name}#${thread.number}`,
        ({ client, repository }) => client.read(repository, thread),
      )
    }),
    comment: Effect.fn("Issues.comment")(function* (ref, body) {
      const thread = yield* threadOf(ref)
      return yield* askingIssue(
        ref,
        (name) => `a comment on ${thread.kind} ${name}#${thread.number}`,
        ({ client, repository }) => client.comment(repository, thread, body),
      )
    }),
  })

  return Context.make(PullRequests, pullRequests).pipe(Context.add(Issues, issues))
})

/** `PullRequests` and `Issues` for GitHub, GitLab, Gitea and Forgejo. */
export const Forge = { layer: Layer.effectContext(make) }
