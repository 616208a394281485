import { Effect } from "effect"
import recorded from "../../fixtures/gitea/pr-open.json"
import { type FakePullRequest, FakeRepository, pageOf } from "./fakeRepository.ts"
import { type ForgeReply, type ForgeRequest, type ForgeServer, forgeServer } from "./forgeServer.ts"

export interface FakeGiteaOptions {
  readonly token: string
  readonly tls?: boolean
  /** `/git` when it does not live at the root. */
  readonly subPath?: string
  /** Servers may give fewer a page than they are asked for. */
  readonly maxPerPage?: number
}

/** A Gitea 1.22 with one private repository, `kdev/demo`. */
export const fakeGitea = Effect.fnUntraced(function* (options: FakeGiteaOptions) {
  const repository = new FakeRepository("stays open")
  const server = yield* forgeServer((request, server) => answer(repository, options, request, server), options)
  return { repository, server, url: server.origin + (options.subPath ?? "") }
})

const notFound: ForgeReply = { status: 404, body: { errors: null, message: "The target couldn't be found." } }

const answer = (
  repository: FakeRepository,
  { token, subPath = "", maxPerPage = 50 }: FakeGiteaOptions,
  { path, query, headers }: ForgeRequest,
  server: ForgeServer,
): ForgeReply => {
  const api = `${subPath}/api/v1`
  if (path === `${api}/version`) return { status: 200, body: { version: "1.22.0" } }
  const [, name, number] = /^\/repos\/([^/]+\/[^/]+)\/pulls(?:\/(\d+))?$/.exec(path.replace(api, "")) ?? []
  if (!path.startsWith(api) || name === undefined) return pageNotFound
  if (headers.authorization !== undefined && !isToken(headers.authorization, token))
    return { status: 401, body: { message: "user does not exist [uid: 0, name: , keyid: 0]" } }
  if (headers.authorization === undefined) return notFound
  if (repository.wasNamed(name)) {
    const location = `${path.replace(name, `${repository.owner}/${repository.name}`)}?${query.toString()}`
    return { status: 307, headers: { "content-type": "text/html; charset=utf-8", location }, body: "<a>moved</a>" }
  }
  if (!repository.is(name)) return notFound
  if (number !== undefined) {
    const pull = repository.pulls.find((it) => it.number === Number(number))
    return pull === undefined ? notFound : { status: 200, body: render(repository, pull, server.origin + subPath) }
  }
  // every other parameter, and an unknown state, is ignored without a word
  const state = query.get("state") ?? "open"
  const wanted = repository.pulls.filter((it) => !["open", "closed"].includes(state) || openness(it) === state)
  const sorted = query.get("sort") === "oldest" ? wanted : wanted.toReversed()
  const page = Number(query.get("page") ?? 1)
  const shifted = server.fault() === "page shift"
  const { items } = pageOf(sorted, page, Math.min(Number(query.get("limit") ?? 30), maxPerPage), shifted)
  return {
    status: 200,
    headers: { "x-total-count": String(wanted.length) },
    body: items.map((it) => render(repository, it, server.origin + subPath)),
  }
}

const pageNotFound: ForgeReply = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
}

const isToken = (authorization: string, token: string) =>
  authorization === `token ${token}` || authorization === `Bearer ${token}`

const openness = ({ state }: FakePullRequest) => (state === "open" || state === "locked" ? "open" : "closed")

/** A recorded pull request with what differs put in. */
const render = (repository: FakeRepository, pull: FakePullRequest, url: string) => {
  const template = recorded.body
  const fullName = `${repository.owner}/${repository.name}`
  const page = `${url}/${fullName}/pulls/${pull.number}`
  return {
    ...template,
    id: pull.number + 1000,
    number: pull.number,
    url: page,
    html_url: page,
    title: pull.draft ? `WIP: ${pull.title}` : pull.title,
    state: openness(pull),
    merged: pull.state === "merged",
    merged_at: pull.state === "merged" ? "2026-11-20T04:48:36Z" : null,
    merge_commit_sha: pull.state === "merged" ? "f".repeat(40) : null,
    head: {
      label: pull.branch,
      ref: pull.branchDeleted || pull.from === null ? `refs/pull/${pull.number}/head` : pull.branch,
      sha: pull.sha,
      repo_id: pull.from?.id ?? -1,
      repo:
        pull.from === null
          ? null
          : { ...template.head.repo, id: pull.from.id, full_name: `${pull.from.owner}/${pull.from.name}` },
    },
    base: { ...template.base, repo_id: repository.id, repo: { ...template.base.repo, full_name: fullName } },
  }
}
