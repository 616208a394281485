import { Effect } from "effect"
import { type FakePullRequest, FakeRepository, pageOf } from "./fakeRepository.ts"
import { type ForgeReply, type ForgeRequest, type ForgeServer, forgeServer } from "./forgeServer.ts"

export interface FakeGitLabOptions {
  readonly token: string
  readonly subPath?: string
  /** Servers of before 2020 say `work_in_progress`, and before 2018 `reopened`. */
  readonly old?: boolean
}

/** A GitLab with one private project, `kdev/demo`. */
export const fakeGitLab = Effect.fnUntraced(function* (options: FakeGitLabOptions) {
  const repository = new FakeRepository("stays open")
  const server = yield* forgeServer((request, server) => answer(repository, options, request, server))
  return { repository, server, url: server.origin + (options.subPath ?? "") }
})

const notFound: ForgeReply = { status: 404, body: { message: "404 Project Not Found" } }

const answer = (
  repository: FakeRepository,
  { token, subPath = "", old = false }: FakeGitLabOptions,
  { path, query, headers }: ForgeRequest,
  server: ForgeServer,
): ForgeReply => {
  const api = `${subPath}/api/v4`
  const signedIn = headers.authorization === `Bearer ${token}`
  if (!path.startsWith(api)) return { status: 404, headers: { "content-type": "text/html" }, body: "<html>404</html>" }
  if ((headers.authorization !== undefined && !signedIn) || (!signedIn && path === `${api}/version`))
    return { status: 401, body: { message: "401 Unauthorized" } }
  if (path === `${api}/version`) return { status: 200, body: { version: "17.6.0-ee", revision: "abc" } }
  const [, id, iid] = /^\/projects\/([^/]+)\/merge_requests(?:\/(\d+))?$/.exec(path.replace(api, "")) ?? []
  if (id === undefined || !signedIn) return notFound
  const name = decodeURIComponent(id)
  if (repository.wasNamed(name)) {
    const location = `${path.replace(id, encodeURIComponent(`${repository.owner}/${repository.name}`))}?${query.toString()}`
    return { status: 301, headers: { location, "content-type": "application/json" }, body: '{"message":"moved"}' }
  }
  if (!repository.is(name)) return notFound
  const url = server.origin + subPath
  if (iid !== undefined) {
    const pull = repository.pulls.find((it) => it.number === Number(iid))
    if (pull === undefined) return { status: 404, body: { message: "404 Not found" } }
    return { status: 200, body: { ...render(repository, pull, url, old), head_pipeline: null, subscribed: false } }
  }
  const state = query.get("state") ?? "all"
  const wanted = repository.pulls.filter(
    (it) =>
      (state === "all" || stateOf(it, old) === state) &&
      (query.get("source_branch") === null || it.branch === query.get("source_branch")),
  )
  const sorted = query.get("sort") === "asc" ? wanted : wanted.toReversed()
  const page = Number(query.get("page") ?? 1)
  const perPage = Math.min(Number(query.get("per_page") ?? 20), 100)
  const { items, hasNext } = pageOf(sorted, page, perPage, server.fault() === "page shift")
  return {
    status: 200,
    headers: { "x-next-page": hasNext ? String(page + 1) : "", "x-page": String(page), "x-per-page": String(perPage) },
    body: items.map((it) => render(repository, it, url, old)),
  }
}

const stateOf = ({ state }: FakePullRequest, old: boolean) => (state === "open" ? (old ? "reopened" : "opened") : state)

const render = (repository: FakeRepository, pull: FakePullRequest, url: string, old: boolean) => ({
  id: pull.number + 90_000,
  iid: pull.number,
  project_id: repository.id,
  title: pull.draft ? `Draft: ${pull.title}` : pull.title,
  description: null,
  state: stateOf(pull, old),
  created_at: "2026-11-20T04:48:25.000Z",
  updated_at: "2026-11-20T04:48:25.000Z",
  // comes from a table of its own and may be missing
  merged_at: null,
  target_branch: "main",
  source_branch: pull.branch,
  source_project_id: pull.from?.id ?? null,
  target_project_id: repository.id,
  author: { id: 2, username: "kdev", name: "kdev" },
  ...(old ? {} : { draft: pull.draft }),
  work_in_progress: pull.draft,
  discussion_locked: true,
  sha: pull.sha,
  merge_commit_sha: pull.state === "merged" ? "f".repeat(40) : null,
  squash_commit_sha: null,
  web_url: `${url}/${repository.owner}/${repository.name}/-/merge_requests/${pull.number}`,
})
