import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { PullRequestChecks } from "@kugetsu/core/domain/PullRequestChecks"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { countedPage, pathOf } from "./GiteaPage.ts"
import { idOf, listWhole } from "./Listing.ts"

const State = Schema.Literals(["pending", "success", "error", "failure", "warning", "skipped"])

/** The state of a commit, and those it was made from. */
export const GiteaStatus = Schema.Struct({
  /** Empty: nothing ran. */
  state: Schema.Union([Schema.Literal(""), State]),
  total_count: Schema.Int,
  statuses: Schema.NullOr(Schema.Array(Schema.Struct({ status: Schema.Union([Schema.Literal(""), State]) }))),
})

export const GiteaReview = Schema.Struct({
  id: Schema.Int,
  /** null: a team was asked, or the account was deleted. */
  user: Schema.NullOr(Schema.Struct({ login: Schema.String })),
  team: Schema.optional(Schema.NullOr(Schema.Struct({ name: Schema.String }))),
  state: Schema.String,
  dismissed: Schema.Boolean,
  /** Whether it counts for merging; earlier ones of the same person no longer do. */
  official: Schema.Boolean,
})

export const giteaCi = ({ state, statuses, total_count }: typeof GiteaStatus.Type): PullRequestChecks["ci"] => {
  switch (state) {
    case "":
      return "none"
    case "success":
    case "skipped":
      return "passed"
    case "warning": {
      // it stands before "pending" in the sum, and no merge is refused for it
      const known = statuses ?? []
      return known.length === total_count && known.every(({ status }) => status !== "pending") ? "passed" : "pending"
    }
    case "pending":
      return "pending"
    case "error":
    case "failure":
      return "failed"
  }
}

/** The list is a history: what each person or team said last counts. */
export const giteaReview = (reviews: ReadonlyArray<typeof GiteaReview.Type>): PullRequestChecks["review"] => {
  const words = new Map<string, string>()
  for (const { dismissed, official, state, team, user } of reviews)
    if (official && !dismissed && ["APPROVED", "REQUEST_CHANGES", "REQUEST_REVIEW"].includes(state))
      words.set(user === null ? `team ${team?.name ?? ""}` : user.login, state)
  const said = [...words.values()]
  if (said.includes("REQUEST_CHANGES")) return "changes_requested"
  if (said.includes("APPROVED")) return "approved"
  return said.includes("REQUEST_REVIEW") ? "required" : "none"
}

export const giteaChecks = (api: ForgeApi) =>
  Effect.fn("Gitea.checks")(function* (repository: Repository, { number }: PullRequest) {
    const operation = `checks of ${repository.owner}/${repository.name}#${number}`
    const { body: pull } = yield* ask(
      api,
      operation,
      Schema.Struct({ head: Schema.Struct({ sha: Schema.NonEmptyString }) }),
      (signal) => request(api, `${pathOf(repository)}/pulls/${number}`, signal),
    )
    const { body: status } = yield* ask(api, operation, GiteaStatus, (signal) =>
      request(api, `${pathOf(repository)}/commits/${pull.head.sha}/status?limit=50`, signal),
    )
    const reviews = yield* listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) => countedPage(api, operation, `${pathOf(repository)}/pulls/${number}/reviews`, GiteaReview, page),
    })
    return { ci: giteaCi(status), review: giteaReview(reviews) }
  })
