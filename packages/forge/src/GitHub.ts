import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { Octokit } from "@octokit/rest"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, type ForgeClient, type Repository } from "./ForgeApi.ts"
import { deciding, linksNext, listWhole, type Listed } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

/** Of a list or alone; `merged` is missing in lists, `draft` on old Enterprise servers. */
export const GitHubPullRequest = Schema.Struct({
  number: Schema.Int,
  html_url: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  draft: Schema.optional(Schema.NullOr(Schema.Boolean)),
  merged_at: Schema.NullOr(Schema.NonEmptyString),
  head: Schema.Struct({
    ref: Schema.String,
    sha: Schema.NonEmptyString,
    /** null: the fork was deleted. */
    repo: Schema.NullOr(Schema.Struct({ id: Schema.Int })),
  }),
  base: Schema.Struct({ repo: Schema.Struct({ id: Schema.Int }) }),
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
})

/** By id: a renamed repository answers under its new name. */
const toListed = (it: GitHubPullRequest): Listed => ({
  pullRequest: toPullRequest(it),
  fromHere: it.head.repo?.id === it.base.repo.id,
})

const perPage = 100

export const gitHub = (api: ForgeApi): ForgeClient => {
  const octokit = Effect.promise(() => connect(api))

  const list = Effect.fnUntraced(function* (client: Octokit, repository: Repository, branch: string, owner: string) {
    const operation = `pull requests of ${repository.owner}/${repository.name} from ${branch}`
    const pages = (page: number) =>
      ask(api, operation, Schema.Array(GitHubPullRequest), async (signal) => {
        const { data, headers } = await client.rest.pulls.list({
          owner: repository.owner,
          repo: repository.name,
          // without its owner the filter is ignored
          head: `${owner}:${branch}`,
          state: "all",
          // the oldest first: new ones come at the end and shift nothing
          sort: "created",
          direction: "asc",
          per_page: perPage,
          page,
          request: { signal },
        })
        return { body: data, headers }
      }).pipe(
        Effect.map(({ body, headers }) => ({
          items: body.map(toListed),
          more: linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      )
    const moved = unanswered({ host: api.host, operation, reason: "bad_answer", detail: "the list moved while read" })
    return deciding(yield* listWhole(pages, Effect.fail(moved)), branch)
  })

  const findByBranch = Effect.fn("GitHub.findByBranch")(function* (repository: Repository, branch: string) {
    const client = yield* octokit
    const found = yield* list(client, repository, branch, repository.owner)
    if (found !== null) return found
    // "none" is only believed under the owner's present name: a former one finds the repository but no head
    const { body } = yield* ask(
      api,
      `repository ${repository.owner}/${repository.name}`,
      GitHubRepository,
      async (signal) => {
        const { data, headers } = await client.rest.repos.get({
          owner: repository.owner,
          repo: repository.name,
          request: { signal },
        })
        return { body: data, headers }
      },
    )
    const { login } = body.owner
    return login === repository.owner ? null : yield* list(client, repository, branch, login)
  })

  const findByNumber = Effect.fn("GitHub.findByNumber")(function* (repository: Repository, number: number) {
    const client = yield* octokit
    const operation = `pull request ${repository.owner}/${repository.name}#${number}`
    const { body } = yield* ask(api, operation, GitHubPullRequest, async (signal) => {
      const { data, headers } = await client.rest.pulls.get({
        owner: repository.owner,
        repo: repository.name,
        pull_number: number,
        request: { signal },
      })
      return { body: data, headers }
    })
    return toPullRequest(body)
  })

  return { findByBranch, findByNumber }
}

/** Imported late: it costs every start of the command line 8 ms otherwise. */
const connect = async (api: ForgeApi): Promise<Octokit> => {
  const { Octokit } = await import("@octokit/rest")
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  return new Octokit({ baseUrl: api.base, log: silent, request: { fetch: api.fetch, log: silent } })
}
