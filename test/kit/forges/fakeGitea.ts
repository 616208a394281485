import { Effect } from "effect"
import duplicate from "../../fixtures/gitea/pr-duplicate-409.json"
import type { FakeThread } from "./fakeRecords.ts"
import { FakeRepository, pageOf } from "./fakeRepository.ts"
import type { ForgeReply, ForgeRequest } from "./forgeReply.ts"
import { type ForgeServer, forgeServer } from "./forgeServer.ts"
import {
  codeCommentsOf,
  commentsOf,
  issueOf,
  openness,
  pullOf,
  reviewsOf,
  statusOf,
  writersOf,
} from "./giteaPayloads.ts"

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

const swagger = "http://127.0.0.1:38080/api/swagger"
const notFound: ForgeReply = {
  status: 404,
  body: { errors: null, message: "The target couldn't be found.", url: swagger },
}

const answer = (
  repository: FakeRepository,
  options: FakeGiteaOptions,
  request: ForgeRequest,
  server: ForgeServer,
): ForgeReply => {
  const { token, subPath = "" } = options
  const { headers, path, query } = request
  const api = `${subPath}/api/v1`
  if (path === `${api}/version`) return { status: 200, body: { version: "1.22.0" } }
  const [, name, resource = ""] = /^\/repos\/([^/]+\/[^/]+)(?:\/(.+))?$/.exec(path.replace(api, "")) ?? []
  const isUser = path === `${api}/user`
  if (!path.startsWith(api) || (name === undefined && !isUser)) return pageNotFound
  if (headers.authorization !== undefined && !isToken(headers.authorization, token))
    return { status: 401, body: { message: "user does not exist [uid: 0, name: , keyid: 0]", url: swagger } }
  if (headers.authorization === undefined) return notFound
  if (name === undefined) return { status: 200, body: { id: 1, login: repository.owner } }
  if (repository.wasNamed(name)) {
    const location = `${path.replace(name, `${repository.owner}/${repository.name}`)}?${query.toString()}`
    return { status: 307, headers: { "content-type": "text/html; charset=utf-8", location }, body: "<a>moved</a>" }
  }
  return repository.is(name) ? resourceAt(repository, options, request, resource, server) : notFound
}

const resourceAt = (
  repository: FakeRepository,
  { maxPerPage = 50, subPath = "" }: FakeGiteaOptions,
  request: ForgeRequest,
  resource: string,
  server: ForgeServer,
): ForgeReply => {
  const { method, query } = request
  if (resource === "") {
    const push = repository.writers.has("kdev")
    return { status: 200, body: { id: 1, full_name: "kdev/demo", permissions: { admin: false, push, pull: true } } }
  }
  const url = server.origin + subPath
  const [, login] = /^collaborators\/([^/]+)\/permission$/.exec(resource) ?? []
  if (login !== undefined)
    return { status: 200, body: { permission: repository.writers.has(login) ? "write" : "read", role_name: "" } }
  const [, pullId, review] = /^pulls\/(\d+)\/reviews\/(\d+)\/comments$/.exec(resource) ?? []
  if (review !== undefined)
    return { status: 200, body: codeCommentsOf(repository, repository.find(Number(pullId)), Number(review), url) }
  const [, kind = "", id, part] = /^(pulls|issues|commits|assignees)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(resource) ?? []
  switch (kind) {
    case "pulls": {
      if (id === undefined) return method === "POST" ? opened() : listed()
      const pull = repository.pulls.find((it) => it.number === Number(id))
      if (pull === undefined) return notFound
      if (part === "reviews") return counted(reviewsOf(repository, pull, url))
      return { status: 200, body: pullOf(repository, pull, url) }
    }
    case "issues": {
      const thread = repository.threads.get(Number(id))
      if (thread === undefined) return notFound
      if (part === undefined) return { status: 200, body: issueOf(repository, thread, url) }
      return method === "POST" ? commented(thread) : whole(commentsOf(repository, thread, url))
    }
    case "commits": {
      const pull = repository.pulls.find(({ sha }) => sha === id)
      return pull === undefined ? notFound : { status: 200, body: statusOf(pull) }
    }
    case "assignees":
      return { status: 200, body: writersOf(repository) }
    default:
      return pageNotFound
  }

  function listed() {
    // every other parameter, and an unknown state, is ignored without a word
    const state = query.get("state") ?? "open"
    const wanted = repository.pulls.filter((it) => !["open", "closed"].includes(state) || openness(it) === state)
    const sorted = query.get("sort") === "oldest" ? wanted : wanted.toReversed()
    return counted(sorted.map((it) => pullOf(repository, it, url)))
  }

  function counted<A>(items: ReadonlyArray<A>): ForgeReply {
    const perPage = Math.min(Number(query.get("limit") ?? 30), maxPerPage)
    const { items: shown } = pageOf(items, Number(query.get("page") ?? 1), perPage, server.fault() === "page shift")
    return { status: 200, headers: { "x-total-count": String(items.length) }, body: shown }
  }

  /** Comments come without pages. */
  function whole<A>(items: ReadonlyArray<A>): ForgeReply {
    // where pages shift an item is lost
    const shown = server.fault() === "page shift" ? items.slice(1) : items
    return { status: 200, headers: { "x-total-count": String(items.length) }, body: shown }
  }

  function commented(thread: FakeThread): ForgeReply {
    repository.addComment(thread.number, "kdev", JSON.parse(request.body).body)
    return { status: 201, body: commentsOf(repository, thread, url).at(-1) }
  }

  function opened(): ForgeReply {
    const { head, ...sent } = JSON.parse(request.body)
    const wanted = { ...sent, branch: head, draft: String(sent.title).startsWith("WIP:") }
    switch (repository.refusalOf(wanted)) {
      case "not pushed":
        return notFound
      case "no commits":
        return { status: 422, body: { message: "there are no changes between the head and the base", url: swagger } }
      case "exists":
        return { status: duplicate.status, body: duplicate.body }
      case null: {
        const made = repository.find(repository.createPr(wanted.branch, wanted))
        return { status: 201, body: pullOf(repository, made, url) }
      }
    }
  }
}

const pageNotFound: ForgeReply = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
}

const isToken = (authorization: string, token: string) =>
  authorization === `token ${token}` || authorization === `Bearer ${token}`
