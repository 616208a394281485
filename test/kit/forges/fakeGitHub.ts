import { Effect } from "effect"
import type { FakeProposal } from "./fakeRecords.ts"
import { FakeRepository, pageOf } from "./fakeRepository.ts"
import type { ForgeReply, ForgeRequest } from "./forgeReply.ts"
import { type ForgeServer, forgeServer } from "./forgeServer.ts"
import { complete, replyViolations, requestViolations } from "./githubDescription.ts"
import {
  checkRuns,
  codeCommentsOf,
  combinedStatus,
  commentsOf,
  issueOf,
  listedPull,
  ownerOf,
  permissionOf,
  reviewsOf,
  singlePull,
  wholeRepository,
} from "./gitHubPayloads.ts"

export interface FakeGitHubOptions {
  readonly token: string
  readonly tls?: boolean
}

/**
 * A GitHub Enterprise server with one private repository, `kdev/demo`. `violations` tells every request and every answer
 * that is not as GitHub describes itself.
 */
export const fakeGitHub = Effect.fnUntraced(function* (options: FakeGitHubOptions) {
  const repository = new FakeRepository("closes")
  const violations: Array<string> = []
  const server = yield* forgeServer((request, server) => {
    const path = request.path.replace(/^\/api\/v3/, "")
    // where a renamed repository is sent to is not part of the description
    const described = path.replace(/^\/repositories\/1\b/, `/repos/${repository.owner}/${repository.name}`)
    const reply = withETag(request, answer(repository, options, request, path, server))
    violations.push(...requestViolations(request, described))
    if ([200, 201, 422].includes(reply.status))
      violations.push(...replyViolations(request, described, withForks(reply)))
    return reply
  }, options)
  return { repository, server, violations, url: server.origin }
})

/** An answer that has not changed is not sent again, and is not counted. */
const withETag = ({ method, headers }: ForgeRequest, reply: ForgeReply): ForgeReply => {
  if (method !== "GET" || reply.status !== 200) return reply
  const etag = `W/"${Bun.hash(JSON.stringify([reply.headers, reply.body])).toString(16)}"`
  const tagged = { ...reply, headers: { ...reply.headers, etag } }
  return headers["if-none-match"] === etag ? { ...tagged, status: 304 } : tagged
}

const notFound: ForgeReply = { status: 404, body: { message: "Not Found", documentation_url: "" } }

const answer = (
  repository: FakeRepository,
  { token }: FakeGitHubOptions,
  request: ForgeRequest,
  path: string,
  server: ForgeServer,
): ForgeReply => {
  const { headers, method, query } = request
  if (!request.path.startsWith("/api/v3/"))
    return { status: 404, headers: { "content-type": "text/html" }, body: "<html>" }
  if (headers.authorization === undefined) return notFound
  if (headers.authorization !== `Bearer ${token}`)
    return { status: 401, body: { message: "Bad credentials", documentation_url: "" } }
  if (path === "/user") return { status: 200, body: complete("private-user", { login: repository.owner, id: 1 }) }
  const [, name, rest = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? []
  if (name !== undefined && repository.wasNamed(name)) {
    const location = `${server.origin}/api/v3/repositories/${repository.id}${rest}?${query.toString()}`
    const status = method === "GET" ? 301 : 307
    return { status, headers: { location, "content-type": "application/json" }, body: '{"message":"Moved"}' }
  }
  const byId = /^\/repositories\/1(\/.*)?$/.exec(path)
  if (byId === null && (name === undefined || !repository.is(name))) return notFound
  const resource = byId === null ? rest : (byId[1] ?? "")
  if (resource === "") return { status: 200, body: wholeRepository(repository) }
  return resourceAt(repository, request, resource, server)
}

const resourceAt = (
  repository: FakeRepository,
  request: ForgeRequest,
  resource: string,
  server: ForgeServer,
): ForgeReply => {
  const { origin } = server
  const [, login] = /^\/collaborators\/([^/]+)\/permission$/.exec(resource) ?? []
  if (login !== undefined) return { status: 200, body: permissionOf(repository, decodeURIComponent(login)) }
  const [, kind = "", id, part] = /^\/(pulls|issues|commits)(?:\/([^/]+))?(?:\/([a-z-]+))?$/.exec(resource) ?? []
  const page = <A>(items: ReadonlyArray<A>, wrap: (shown: ReadonlyArray<A>) => unknown = (it) => it) =>
    paged(items, wrap, request, server)
  switch (kind) {
    case "pulls": {
      if (id === undefined) return request.method === "POST" ? opened(repository, request, origin) : listed()
      const pull = repository.pulls.find((it) => it.number === Number(id))
      if (pull === undefined) return notFound
      if (part === "reviews") return page(reviewsOf(repository, pull, origin))
      if (part === "comments") return page(codeCommentsOf(repository, pull, origin))
      return { status: 200, body: singlePull(repository, pull, origin) }
    }
    case "issues": {
      const thread = repository.threads.get(Number(id))
      if (thread === undefined) return notFound
      if (part === undefined) return { status: 200, body: issueOf(repository, thread, origin) }
      if (request.method === "GET") return page(commentsOf(repository, thread, origin))
      repository.addComment(thread.number, repository.owner, JSON.parse(request.body).body)
      return { status: 201, body: commentsOf(repository, thread, origin).at(-1) }
    }
    case "commits": {
      const pull = repository.pulls.find(({ sha }) => sha === id)
      if (pull === undefined) return notFound
      if (part === "status") return { status: 200, body: combinedStatus(repository, pull) }
      const runs = checkRuns(pull)
      return page(runs, (shown) => ({ total_count: runs.length, check_runs: shown }))
    }
    default:
      return notFound
  }

  function listed() {
    const state = request.query.get("state") ?? "open"
    const [owner, branch] = splitOnce(request.query.get("head") ?? "")
    const wanted = repository.pulls
      .filter((it) => state === "all" || (it.state === "open" ? "open" : "closed") === state)
      // a head without its owner is ignored
      .filter((it) => branch === null || (it.branch === branch && ownerOf(repository, it) === owner))
    const sorted = request.query.get("direction") === "asc" ? wanted : wanted.toReversed()
    return page(sorted, (shown) => shown.map((it) => listedPull(repository, it, origin)))
  }
}

const paged = <A>(
  items: ReadonlyArray<A>,
  wrap: (shown: ReadonlyArray<A>) => unknown,
  { path, query }: ForgeRequest,
  server: ForgeServer,
): ForgeReply => {
  const number = Number(query.get("page") ?? 1)
  const perPage = Math.min(Number(query.get("per_page") ?? 30), 100)
  const { items: shown, hasNext } = pageOf(items, number, perPage, server.fault() === "page shift")
  const link = `<${server.origin}${path}?page=${number + 1}>; rel="next"`
  return { status: 200, headers: hasNext ? { link } : {}, body: wrap(shown) }
}

const splitOnce = (head: string): readonly [string, string | null] => {
  const colon = head.indexOf(":")
  return colon === -1 ? [head, null] : [head.slice(0, colon), head.slice(colon + 1)]
}

const opened = (repository: FakeRepository, { body }: ForgeRequest, origin: string): ForgeReply => {
  const { head, ...sent } = JSON.parse(body)
  const wanted: FakeProposal = { ...sent, branch: head }
  const refused = (error: Record<string, string>): ForgeReply => ({
    status: 422,
    body: complete("validation-error", {
      message: "Validation Failed",
      errors: [{ resource: "PullRequest", code: "custom", ...error }],
    }),
  })
  switch (repository.refusalOf(wanted)) {
    case "not pushed":
      return refused({ field: "head", code: "invalid" })
    case "no commits":
      return refused({ message: `No commits between ${wanted.base} and ${wanted.branch}` })
    case "exists":
      return refused({ message: `A pull request already exists for ${repository.owner}:${wanted.branch}.` })
    case null: {
      const number = repository.createPr(wanted.branch, wanted)
      return { status: 201, body: singlePull(repository, repository.find(number), origin) }
    }
  }
}

/** GitHub describes `head.repo` as never null, and sends null for a deleted fork. */
const withForks = (reply: ForgeReply): ForgeReply => {
  const mend = (pull: { readonly head?: { readonly repo: unknown } }) =>
    pull.head?.repo === null ? { ...pull, head: { ...pull.head, repo: complete("repository", {}) } } : pull
  return { ...reply, body: Array.isArray(reply.body) ? reply.body.map(mend) : mend(reply.body as never) }
}
