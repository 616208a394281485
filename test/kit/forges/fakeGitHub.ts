import { Effect } from "effect"
import { type FakePullRequest, FakeRepository, type Fork, pageOf } from "./fakeRepository.ts"
import { type ForgeReply, type ForgeRequest, type ForgeServer, forgeServer } from "./forgeServer.ts"
import { complete, replyViolations, requestViolations } from "./githubDescription.ts"

export interface FakeGitHubOptions {
  readonly token: string
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
    const reply = answer(repository, options, request, path, server)
    violations.push(...requestViolations(request, described))
    if (reply.status === 200) violations.push(...replyViolations(request, described, withForks(reply)))
    return reply
  })
  return { repository, server, violations, url: server.origin }
})

const notFound: ForgeReply = { status: 404, body: { message: "Not Found", documentation_url: "" } }

const answer = (
  repository: FakeRepository,
  { token }: FakeGitHubOptions,
  { path: whole, query, headers }: ForgeRequest,
  path: string,
  server: ForgeServer,
): ForgeReply => {
  if (!whole.startsWith("/api/v3/")) return { status: 404, headers: { "content-type": "text/html" }, body: "<html>" }
  if (headers.authorization === undefined) return notFound
  if (headers.authorization !== `Bearer ${token}`)
    return { status: 401, body: { message: "Bad credentials", documentation_url: "" } }
  const [, name, rest = ""] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? []
  if (name !== undefined && repository.wasNamed(name)) {
    const location = `${server.origin}/api/v3/repositories/${repository.id}${rest}?${query.toString()}`
    return { status: 301, headers: { location, "content-type": "application/json" }, body: '{"message":"Moved"}' }
  }
  const byId = /^\/repositories\/1(\/.*)?$/.exec(path)
  if (byId === null && (name === undefined || !repository.is(name))) return notFound
  const resource = byId === null ? rest : (byId[1] ?? "")
  if (resource === "") return { status: 200, body: repositoryOf("full-repository", repository) }
  const [, number] = /^\/pulls(?:\/(\d+))?$/.exec(resource) ?? []
  if (number !== undefined) {
    const pull = repository.pulls.find((it) => it.number === Number(number))
    return pull === undefined ? notFound : { status: 200, body: renderSingle(repository, pull, server.origin) }
  }
  const state = query.get("state") ?? "open"
  const [owner, branch] = splitOnce(query.get("head") ?? "")
  const wanted = repository.pulls
    .filter((it) => state === "all" || (it.state === "open" ? "open" : "closed") === state)
    // a head without its owner is ignored
    .filter((it) => branch === null || (it.branch === branch && ownerOf(repository, it) === owner))
  const sorted = query.get("direction") === "asc" ? wanted : wanted.toReversed()
  const page = Number(query.get("page") ?? 1)
  const perPage = Math.min(Number(query.get("per_page") ?? 30), 100)
  const { items, hasNext } = pageOf(sorted, page, perPage, server.fault() === "page shift")
  const next = `<${server.origin}${whole}?page=${page + 1}>; rel="next"`
  return {
    status: 200,
    headers: hasNext ? { link: next } : {},
    body: items.map((it) => renderListed(repository, it, server.origin)),
  }
}

const splitOnce = (head: string): readonly [string, string | null] => {
  const colon = head.indexOf(":")
  return colon === -1 ? [head, null] : [head.slice(0, colon), head.slice(colon + 1)]
}

const ownerOf = (repository: FakeRepository, pull: FakePullRequest) =>
  pull.from?.id === repository.id ? repository.owner : pull.fromOwner

const repositoryOf = (schema: "repository" | "full-repository", { id, owner, name }: Fork) =>
  complete(schema, { id, name, full_name: `${owner}/${name}`, owner: complete("simple-user", { login: owner }) })

const fieldsOf = (repository: FakeRepository, pull: FakePullRequest, origin: string) => {
  const ended = pull.state === "open" ? null : "2026-11-20T04:48:36Z"
  return {
    id: pull.number + 5000,
    number: pull.number,
    html_url: `${origin}/${repository.owner}/${repository.name}/pull/${pull.number}`,
    state: pull.state === "open" ? "open" : "closed",
    title: pull.title,
    locked: true,
    draft: pull.draft,
    closed_at: ended,
    merged_at: pull.state === "merged" ? ended : null,
    // while it is open: a merge that GitHub made to try it
    merge_commit_sha: "f".repeat(40),
    head: {
      label: `${ownerOf(repository, pull)}:${pull.branch}`,
      ref: pull.branch,
      sha: pull.sha,
      user: complete("simple-user", { login: ownerOf(repository, pull) }),
      repo: pull.from === null ? null : repositoryOf("repository", pull.from),
    },
    base: {
      label: `${repository.owner}:main`,
      ref: "main",
      sha: "e".repeat(40),
      user: complete("simple-user", { login: repository.owner }),
      repo: repositoryOf("repository", repository),
    },
  }
}

/** Items of lists have no `merged`. */
const renderListed = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  complete("pull-request-simple", fieldsOf(repository, pull, origin))

const renderSingle = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  complete("pull-request", { ...fieldsOf(repository, pull, origin), merged: pull.state === "merged" })

/** GitHub describes `head.repo` as never null, and sends null for a deleted fork. */
const withForks = (reply: ForgeReply): ForgeReply => {
  const mend = (pull: { readonly head?: { readonly repo: unknown } }) =>
    pull.head?.repo === null ? { ...pull, head: { ...pull.head, repo: complete("repository", {}) } } : pull
  return { ...reply, body: Array.isArray(reply.body) ? reply.body.map(mend) : mend(reply.body as never) }
}
