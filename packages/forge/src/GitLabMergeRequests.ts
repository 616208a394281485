import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { NewPullRequest } from "@kugetsu/core/PullRequests"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { type GitLabCall, perPage } from "./GitLabCall.ts"
import { deciding, linksNext, listWhole, numberOf } from "./Listing.ts"

export const GitLabMergeRequest = Schema.Struct({
  /** The number people use; `id` is unique over the whole server and means nothing here. */
  iid: Schema.Int,
  web_url: Schema.String,
  title: Schema.String,
  state: Schema.Literals(["opened", "reopened", "locked", "merged", "closed"]),
  draft: Schema.optional(Schema.NullOr(Schema.Boolean)),
  work_in_progress: Schema.optional(Schema.NullOr(Schema.Boolean)),
  source_branch: Schema.String,
  /** null: the fork was deleted. */
  source_project_id: Schema.NullOr(Schema.Int),
  target_branch: Schema.String,
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
  title: it.title,
  base: it.target_branch,
  // by id: a renamed repository answers under its new name
  from_here: it.source_project_id === it.target_project_id,
})

export const gitLabMergeRequests = (api: ForgeApi, call: GitLabCall) => {
  const findByBranch = Effect.fn("GitLab.findByBranch")(function* ({ name, owner }: Repository, branch: string) {
    const project = `${owner}/${name}`
    const operation = `merge requests of ${project} from ${branch}`
    const page = (number: number) =>
      ask(
        api,
        operation,
        Schema.Array(GitLabMergeRequest),
        call("MergeRequests", (mergeRequests) =>
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
            page: number,
          }),
        ),
      ).pipe(
        Effect.map(({ body, headers }) => ({
          items: body.map(toPullRequest),
          more: Boolean(headers["x-next-page"]) || linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      )
    return deciding(yield* listWhole({ page, keyOf: numberOf, host: api.host, operation }), branch)
  })

  const findByNumber = Effect.fn("GitLab.findByNumber")(function* ({ name, owner }: Repository, number: number) {
    const project = `${owner}/${name}`
    const { body } = yield* ask(
      api,
      `merge request ${project}!${number}`,
      GitLabMergeRequest,
      call("MergeRequests", (mergeRequests) => mergeRequests.show(project, number)),
    )
    return toPullRequest(body)
  })

  const create = Effect.fn("GitLab.create")(function* ({ name, owner }: Repository, wanted: NewPullRequest) {
    const project = `${owner}/${name}`
    const { base, body, branch, draft } = wanted
    // it is the title that makes a draft
    const title = draft ? `Draft: ${wanted.title}` : wanted.title
    const made = yield* tell(
      api,
      `opening a merge request of ${project} from ${branch}`,
      GitLabMergeRequest,
      call("MergeRequests", (mergeRequests) =>
        mergeRequests.create(project, branch, base, title, { description: body }),
      ),
    )
    return toPullRequest(made)
  })

  return { findByBranch, findOpen: findByBranch, findByNumber, create }
}
