import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, type ForgeClient, read, type Repository } from "./ForgeApi.ts"
import { deciding, listWhole, type Listed } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

/** Of Gitea and Forgejo. */
export const GiteaPullRequest = Schema.Struct({
  number: Schema.Int,
  html_url: Schema.String,
  title: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  merged: Schema.Boolean,
  /** Younger servers only. */
  draft: Schema.optional(Schema.NullOr(Schema.Boolean)),
  head: Schema.Struct({
    /** The bare branch; `ref` turns into `refs/pull/N/head` once the branch is deleted. */
    label: Schema.String,
    sha: Schema.String,
    /** -1: the fork was deleted. */
    repo_id: Schema.Int,
  }),
  base: Schema.Struct({ repo_id: Schema.Int }),
})
export type GiteaPullRequest = typeof GiteaPullRequest.Type

export const giteaState = (it: Pick<GiteaPullRequest, "state" | "merged" | "draft" | "title">): PullRequestState => {
  if (it.state === "open") return (it.draft ?? isMarkedDraft(it.title)) ? "draft" : "open"
  return it.merged ? "merged" : "closed"
}

/** The prefixes a server has unless its owner chose others. */
const isMarkedDraft = (title: string): boolean => /^(WIP:|\[WIP\])/i.test(title)

const toPullRequest = (it: GiteaPullRequest): PullRequest => ({
  number: it.number,
  url: it.html_url,
  state: giteaState(it),
  branch: it.head.label,
  head: it.head.sha || null,
})

const toListed = (it: GiteaPullRequest): Listed => ({
  pullRequest: toPullRequest(it),
  fromHere: it.head.repo_id === it.base.repo_id,
})

const pathOf = (repository: Repository) =>
  `/repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}/pulls`

export const gitea = (api: ForgeApi): ForgeClient => {
  /** There is no filter by branch that all servers know: unknown parameters are ignored. 50 is the most they give. */
  const list = (repository: Repository, branch: string, state: "open" | "all") => {
    const operation = `pull requests of ${repository.owner}/${repository.name} from ${branch}`
    const broken = (detail: string) => unanswered({ host: api.host, operation, reason: "bad_answer", detail })
    const pages = Effect.fnUntraced(function* (page: number) {
      const path = `${pathOf(repository)}?state=${state}&sort=oldest&limit=50&page=${page}`
      const { body, headers } = yield* ask(api, operation, Schema.Array(GiteaPullRequest), (signal) =>
        read(api, path, signal),
      )
      const total = String(headers["x-total-count"])
      if (!/^\d+$/.test(total)) return yield* broken("it does not say how many there are")
      return { items: body.map(toListed), more: false, total: Number(total) }
    })
    return listWhole(pages, Effect.fail(broken("the list moved while read"))).pipe(
      Effect.map((found) => deciding(found, branch)),
    )
  }

  const findByBranch = Effect.fn("Gitea.findByBranch")(function* (repository: Repository, branch: string) {
    // an open one decides, and the open ones are few
    return (yield* list(repository, branch, "open")) ?? (yield* list(repository, branch, "all"))
  })

  const findByNumber = Effect.fn("Gitea.findByNumber")(function* (repository: Repository, number: number) {
    const operation = `pull request ${repository.owner}/${repository.name}#${number}`
    const { body } = yield* ask(api, operation, GiteaPullRequest, (signal) =>
      read(api, `${pathOf(repository)}/${number}`, signal),
    )
    return toPullRequest(body)
  })

  return { findByBranch, findByNumber }
}
