import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { NewPullRequest } from "@kugetsu/core/PullRequests"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request, tell } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { countedPage, pathOf } from "./GiteaPage.ts"
import { deciding, listWhole, numberOf } from "./Listing.ts"

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
  base: Schema.Struct({ ref: Schema.String, repo_id: Schema.Int }),
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
  title: it.title,
  base: it.base.ref,
  // by id: a renamed repository answers under its new name
  from_here: it.head.repo_id === it.base.repo_id,
})

export const giteaPullRequests = (api: ForgeApi) => {
  /** There is no filter by branch that all servers know: unknown parameters are ignored. */
  const list = Effect.fnUntraced(function* (repository: Repository, branch: string, state: "open" | "all") {
    const operation = `pull requests of ${repository.owner}/${repository.name} from ${branch}`
    const path = `${pathOf(repository)}/pulls?state=${state}&sort=oldest`
    const page = (number: number) =>
      Effect.map(countedPage(api, operation, path, GiteaPullRequest, number), (found) => ({
        ...found,
        items: found.items.map(toPullRequest),
      }))
    return deciding(yield* listWhole({ page, keyOf: numberOf, host: api.host, operation }), branch)
  })

  const findOpen = Effect.fn("Gitea.findOpen")((repository: Repository, branch: string) =>
    list(repository, branch, "open"),
  )

  const findByBranch = Effect.fn("Gitea.findByBranch")(function* (repository: Repository, branch: string) {
    // an open one decides, and the open ones are few
    return (yield* findOpen(repository, branch)) ?? (yield* list(repository, branch, "all"))
  })

  const findByNumber = Effect.fn("Gitea.findByNumber")(function* (repository: Repository, number: number) {
    const operation = `pull request ${repository.owner}/${repository.name}#${number}`
    const { body } = yield* ask(api, operation, GiteaPullRequest, (signal) =>
      request(api, `${pathOf(repository)}/pulls/${number}`, signal),
    )
    return toPullRequest(body)
  })

  const create = Effect.fn("Gitea.create")(function* (repository: Repository, wanted: NewPullRequest) {
    const { base, body, branch, draft } = wanted
    const operation = `opening a pull request of ${repository.owner}/${repository.name} from ${branch}`
    // it is the title that makes a draft
    const title = draft ? `WIP: ${wanted.title}` : wanted.title
    const made = yield* tell(api, operation, GiteaPullRequest, (signal) =>
      request(api, `${pathOf(repository)}/pulls`, signal, { head: branch, base, title, body }),
    )
    return toPullRequest(made)
  })

  return { findByBranch, findOpen, findByNumber, create }
}
