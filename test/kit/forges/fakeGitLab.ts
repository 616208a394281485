import { Effect } from "effect"
import type { FakeThread } from "./fakeRecords.ts"
import { FakeRepository, pageOf } from "./fakeRepository.ts"
import type { ForgeReply, ForgeRequest } from "./forgeReply.ts"
import { type ForgeServer, forgeServer } from "./forgeServer.ts"
import { approvalsOf, idOf, issueOf, mergeRequestOf, notesOf, singleMergeRequest, stateOf } from "./gitLabPayloads.ts"

export interface FakeGitLabOptions {
  readonly token: string
  readonly subPath?: string
  readonly tls?: boolean
  /** Servers of before 2020 say `work_in_progress`, and before 2018 `reopened`. */
  readonly old?: boolean
}

/** A GitLab with one private project, `kdev/demo`. */
export const fakeGitLab = Effect.fnUntraced(function* (options: FakeGitLabOptions) {
  const repository = new FakeRepository("stays open")
  const server = yield* forgeServer((request, server) => answer(repository, options, request, server), options)
  return { repository, server, url: server.origin + (options.subPath ?? "") }
})

const notFound: ForgeReply = { status: 404, body: { message: "404 Project Not Found" } }
const nothing: ForgeReply = { status: 404, body: { message: "404 Not found" } }

const answer = (
  repository: FakeRepository,
  options: FakeGitLabOptions,
  request: ForgeRequest,
  server: ForgeServer,
): ForgeReply => {
  const { token, subPath = "" } = options
  const { path, query, headers, method } = request
  const api = `${subPath}/api/v4`
  const signedIn = headers.authorization === `Bearer ${token}`
  if (!path.startsWith(api)) return { status: 404, headers: { "content-type": "text/html" }, body: "<html>404</html>" }
  if ((headers.authorization !== undefined && !signedIn) || (!signedIn && path === `${api}/version`))
    return { status: 401, body: { message: "401 Unauthorized" } }
  if (path === `${api}/version`) return { status: 200, body: { version: "17.6.0-ee", revision: "abc" } }
  if (path === `${api}/user`) return signedIn ? { status: 200, body: { id: 1, username: repository.owner } } : nothing
  const [, id, resource = ""] = /^\/projects\/([^/]+)(?:\/(.+))?$/.exec(path.replace(api, "")) ?? []
  if (id === undefined || !signedIn) return notFound
  const name = decodeURIComponent(id)
  if (repository.wasNamed(name) && method === "GET") {
    const location = `${path.replace(id, encodeURIComponent(`${repository.owner}/${repository.name}`))}?${query.toString()}`
    return { status: 301, headers: { location, "content-type": "application/json" }, body: '{"message":"moved"}' }
  }
  if (!repository.is(name)) return notFound
  return resourceAt(repository, options, request, resource, server)
}

const resourceAt = (
  repository: FakeRepository,
  { old = false, subPath = "" }: FakeGitLabOptions,
  request: ForgeRequest,
  resource: string,
  server: ForgeServer,
): ForgeReply => {
  const url = server.origin + subPath
  const { method, query } = request
  if (resource === "") {
    const level = repository.writers.has("kdev") ? 30 : 20
    return {
      status: 200,
      body: { id: 1, permissions: { project_access: null, group_access: { access_level: level } } },
    }
  }
  if (resource === "members/all") {
    const asked = query.getAll("user_ids[]").map(Number)
    const people = [...repository.writers, "reader"].filter((name) => asked.includes(idOf(name)))
    const levelOf = (name: string) => (repository.writers.has(name) ? 30 : 20)
    return { status: 200, body: people.map((name) => ({ id: idOf(name), access_level: levelOf(name) })) }
  }
  const [, kind = "", iid, part] = /^(merge_requests|issues)(?:\/(\d+))?(?:\/([a-z]+))?$/.exec(resource) ?? []
  const isMergeRequest = kind === "merge_requests"
  if (kind === "") return nothing
  if (iid === undefined) return isMergeRequest ? (method === "POST" ? opened() : listed()) : nothing
  const pull = repository.pulls.find((it) => isMergeRequest && it.number === Number(iid))
  const thread = repository.threads.get(Number(iid))
  if (thread === undefined || thread.isPull !== isMergeRequest) return nothing
  if (part === "notes") return method === "POST" ? noted(thread) : paged(notesOf(thread, pull), request, server)
  if (pull === undefined) return { status: 200, body: issueOf(repository, thread, url) }
  if (part === "approvals") return { status: 200, body: approvalsOf(pull) }
  return { status: 200, body: singleMergeRequest(repository, pull, url, old) }

  function listed() {
    const state = query.get("state") ?? "all"
    const wanted = repository.pulls.filter(
      (it) =>
        (state === "all" || stateOf(it, old) === state) &&
        (query.get("source_branch") === null || it.branch === query.get("source_branch")),
    )
    return paged(
      wanted.map((it) => mergeRequestOf(repository, it, url, old)),
      request,
      server,
    )
  }

  function opened(): ForgeReply {
    const sent = JSON.parse(request.body)
    const wanted = {
      branch: sent.source_branch,
      base: sent.target_branch,
      title: sent.title,
      body: sent.description,
      draft: /^draft:/i.test(sent.title),
    }
    switch (repository.refusalOf(wanted)) {
      case "not pushed":
      case "no commits":
        return { status: 400, body: { message: { source_branch: ["does not exist"] } } }
      case "exists":
        return {
          status: 409,
          body: { message: ["Another open merge request already exists for this source branch: !1"] },
        }
      case null: {
        const made = repository.find(repository.createPr(wanted.branch, wanted))
        return { status: 201, body: singleMergeRequest(repository, made, url, old) }
      }
    }
  }

  function noted(thread: FakeThread): ForgeReply {
    repository.addComment(thread.number, "kdev", JSON.parse(request.body).body)
    return { status: 201, body: notesOf(thread).at(-1) }
  }
}

const paged = <A>(items: ReadonlyArray<A>, { query }: ForgeRequest, server: ForgeServer): ForgeReply => {
  const sorted = query.get("sort") === "asc" ? items : items.toReversed()
  const page = Number(query.get("page") ?? 1)
  const perPage = Math.min(Number(query.get("per_page") ?? 20), 100)
  const { items: shown, hasNext } = pageOf(sorted, page, perPage, server.fault() === "page shift")
  return {
    status: 200,
    headers: { "x-next-page": hasNext ? String(page + 1) : "", "x-page": String(page), "x-per-page": String(perPage) },
    body: shown,
  }
}
