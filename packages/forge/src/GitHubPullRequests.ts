import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { NewPullRequest } from "@kugetsu/core/PullRequests"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { type GitHubCall, perPage } from "./GitHubCall.ts"
import { deciding, linksNext, listWhole, numberOf } from "./Listing.ts"

/** Of a list or alone; `merged` is missing in lists, `draft` on old Enterprise servers. */
export const GitHubPullRequest = Schema.Struct({
  number: Schema.Int,
  html_url: Schema.String,
  title: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  draft: Schema.optional(Schema.NullOr(Schema.Boolean)),
  merged_at: Schema.NullOr(Schema.NonEmptyString),
  head: Schema.Struct({
    ref: Schema.String,
    sha: Schema.NonEmptyString,
    /** null: the fork was deleted. */
    repo: Schema.NullOr(Schema.Struct({ id: Schema.Int })),
  }),
  base: Schema.Struct({ ref: Schema.String, repo: Schema.Struct({ id: Schema.Int }) }),
})
export type GitHubPullRequest = typeof GitHubPullRequest.Type

const GitHubRepository = Schema.Struct({ owner: Schema.Struct({ login: Schema.NonEmptyString }) })

/** `merge_commit_sha` is a test merge while the pull request is open, and `locked` is about its conversation. */
export const gitHubState = (it: Pick<GitHubPullRequest, "state" | "draft" | "merged_at">): PullRequestState => {
  if (it.state === "open") return it.draft === true ? "draft" : "open"
  return it.merged_at === null ? "closed" : "merged"
}

const toPullRequest = (it: GitHubPullRequest): PullRequest => ({
  number: it.number,
  url: it.html_url,
  state: gitHubState(it),
  branch: it.head.ref,
  head: it.head.sha,
  title: it.title,
  base: it.base.ref,
  // by id: a renamed repository answers under its new name
  from_here: it.head.repo?.id === it.base.repo.id,
})

export const gitHubPullRequests = (api: ForgeApi, call: GitHubCall) => {
  const list = Effect.fnUntraced(function* ({ name, owner }: Repository, branch: string, headOwner: string) {
    const operation = `pull requests of ${owner}/${name} from ${branch}`
    const page = (number: number) =>
      ask(
        api,
        operation,
        Schema.Array(GitHubPullRequest),
        call((rest, options) =>
          rest.pulls.list({
            ...options,
            owner,
            repo: name,
            // without its owner the filter is ignored
            head: `${headOwner}:${branch}`,
            state: "all",
            // the oldest first: new ones come at the end and shift nothing
            sort: "created",
            direction: "asc",
            per_page: perPage,
            page: number,
          }),
        ),
      ).pipe(
        Effect.map(({ body, headers }) => ({
          items: body.map(toPullRequest),
          more: linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      )
    return deciding(yield* listWhole({ page, keyOf: numberOf, host: api.host, operation }), branch)
  })

  const findByBranch = Effect.fn("GitHub.findByBranch")(function* (repository: Repository, branch: string) {
    const { name, owner } = repository
    const found = yield* list(repository, branch, owner)
    if (found !== null) return found
    // "none" is only believed under the owner's present name: a former one finds the repository but no head
    const { body } = yield* ask(
      api,
      `repository ${owner}/${name}`,
      GitHubRepository,
      call((rest, options) => rest.repos.get({ ...options, owner, repo: name })),
    )
    const { login } = body.owner
    return login === owner ? null : yield* list(repository, branch, login)
  })

  const findByNumber = Effect.fn("GitHub.findByNumber")(function* ({ name, owner }: Repository, number: number) {
    const { body } = yield* ask(
      api,
      `pull request ${owner}/${name}#${number}`,
      GitHubPullRequest,
      call((rest, options) => rest.pulls.get({ ...options, owner, repo: name, pull_number: number })),
    )
    return toPullRequest(body)
  })

  const create = Effect.fn("GitHub.create")(function* ({ name, owner }: Repository, wanted: NewPullRequest) {
    const { base, body, branch, draft, title } = wanted
    const made = yield* tell(
      api,
      `opening a pull request of ${owner}/${name} from ${branch}`,
      GitHubPullRequest,
      call((rest, options) =>
        rest.pulls.create({ ...options, owner, repo: name, head: branch, base, title, body, draft }),
      ),
    )
    return toPullRequest(made)
  })

  return { findByBranch, findOpen: findByBranch, findByNumber, create }
}
