import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { RequestOptions } from "@gitbeaker/requester-utils"
import type { MergeRequests } from "@gitbeaker/rest"
import { Effect, Schema } from "effect"
import { type Answer, ask, type ForgeApi, type ForgeClient, type Repository } from "./ForgeApi.ts"
import { deciding, linksNext, listWhole, type Listed } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

export const GitLabMergeRequest = Schema.Struct({
  /** The number people use; `id` is unique over the whole server and means nothing here. */
  iid: Schema.Int,
  web_url: Schema.String,
  state: Schema.Literals(["opened", "reopened", "locked", "merged", "closed"]),
  draft: Schema.optional(Schema.NullOr(Schema.Boolean)),
  work_in_progress: Schema.optional(Schema.NullOr(Schema.Boolean)),
  source_branch: Schema.String,
  /** null: the fork was deleted. */
  source_project_id: Schema.NullOr(Schema.Int),
  target_project_id: Schema.Int,
  sha: Schema.optional(Schema.NullOr(Schema.String)),
})
export type GitLabMergeRequest = typeof GitLabMergeRequest.Type

export const gitLabState = (it: Pick<GitLabMergeRequest, "state" | "draft" | "work_in_progress">): PullRequestState => {
  switch (it.state) {
    case "opened":
    case "reopened":
      return (it.draft ?? it.work_in_progress) === true ? "draft" : "open"
    case "locked":
      // being merged right now, and open again should that fail
      return "open"
    case "merged":
    case "closed":
      return it.state
  }
}

const toPullRequest = (it: GitLabMergeRequest): PullRequest => ({
  number: it.iid,
  url: it.web_url,
  state: gitLabState(it),
  branch: it.source_branch,
  head: it.sha || null,
})

const toListed = (it: GitLabMergeRequest): Listed => ({
  pullRequest: toPullRequest(it),
  fromHere: it.source_project_id === it.target_project_id,
})

const perPage = 100

export const gitLab = (api: ForgeApi): ForgeClient => {
  const findByBranch = Effect.fn("GitLab.findByBranch")(function* (repository: Repository, branch: string) {
    const project = `${repository.owner}/${repository.name}`
    const operation = `merge requests of ${project} from ${branch}`
    const pages = (page: number) =>
      ask(api, operation, Schema.Array(GitLabMergeRequest), (signal) =>
        asking(api, signal, (mergeRequests) =>
          mergeRequests.all({
            projectId: project,
            sourceBranch: branch,
            // Gitbeaker's type does not know this word of the API
            state: "all" as "opened",
            scope: "all",
            // the oldest first: new ones come at the end and shift nothing
            orderBy: "created_at",
            sort: "asc",
            perPage,
            page,
          }),
        ),
      ).pipe(
        Effect.map(({ body, headers }) => ({
          items: body.map(toListed),
          more: Boolean(headers["x-next-page"]) || linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      )
    const moved = unanswered({ host: api.host, operation, reason: "bad_answer", detail: "the list moved while read" })
    return deciding(yield* listWhole(pages, Effect.fail(moved)), branch)
  })

  const findByNumber = Effect.fn("GitLab.findByNumber")(function* (repository: Repository, number: number) {
    const project = `${repository.owner}/${repository.name}`
    const { body } = yield* ask(api, `merge request ${project}!${number}`, GitLabMergeRequest, (signal) =>
      asking(api, signal, (mergeRequests) => mergeRequests.show(project, number)),
    )
    return toPullRequest(body)
  })

  return { findByBranch, findByNumber }
}

/**
 * One call through Gitbeaker, of which nothing but the building of requests is used: its own way of asking retries at
 * once, takes no signal and keeps the token in its errors.
 */
const asking = async (
  api: ForgeApi,
  signal: AbortSignal,
  call: (mergeRequests: MergeRequests) => Promise<unknown>,
): Promise<Answer<unknown>> => {
  // imported late: they cost every start of the command line 14 MB otherwise
  const [{ MergeRequests }, { createRequesterFn }] = await Promise.all([
    import("@gitbeaker/rest"),
    import("@gitbeaker/requester-utils"),
  ])
  let headers: Record<string, string> = {}
  const requesterFn = createRequesterFn(
    async (_, request) => request,
    async (endpoint, request) => {
      const { searchParams, method }: RequestOptions = request ?? {}
      const url = new URL(`${api.base}/${endpoint}`)
      url.search = searchParams ?? ""
      const response = await api.fetch(url, { signal, ...(method !== undefined && { method }) })
      headers = Object.fromEntries(response.headers)
      return { status: response.status, headers, body: (await response.json()) as Record<string, unknown> }
    },
  )
  const mergeRequests = new MergeRequests({
    host: api.base.replace(/\/api\/v4$/, ""),
    requesterFn,
    rateLimits: {},
    queryTimeout: null,
  })
  return { body: await call(mergeRequests), headers }
}
