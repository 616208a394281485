import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { PullRequestChecks } from "@kugetsu/core/domain/PullRequestChecks"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { type GitHubCall, perPage } from "./GitHubCall.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

/** What old integrations report; "pending" also where there is nothing at all. */
export const GitHubStatus = Schema.Struct({
  state: Schema.Literals(["success", "pending", "failure", "error"]),
  total_count: Schema.Int,
})

/** What GitHub Actions and apps report. */
export const GitHubCheckRun = Schema.Struct({
  id: Schema.Int,
  status: Schema.String,
  conclusion: Schema.NullOr(Schema.String),
})

export const GitHubReview = Schema.Struct({
  id: Schema.Int,
  /** null: the account was deleted. */
  user: Schema.NullOr(Schema.Struct({ login: Schema.String })),
  state: Schema.String,
  author_association: Schema.String,
})

const Asked = Schema.Struct({
  head: Schema.Struct({ sha: Schema.NonEmptyString }),
  requested_reviewers: Schema.optional(Schema.NullOr(Schema.Array(Schema.Unknown))),
  requested_teams: Schema.optional(Schema.NullOr(Schema.Array(Schema.Unknown))),
})

const passing = ["success", "neutral", "skipped"]

/** Both count: what is in the one is not in the other. */
export const gitHubCi = (
  status: typeof GitHubStatus.Type,
  runs: ReadonlyArray<typeof GitHubCheckRun.Type>,
): PullRequestChecks["ci"] => {
  const parts: Array<PullRequestChecks["ci"]> = runs.map((run) => {
    if (run.status !== "completed") return "pending"
    return run.conclusion !== null && passing.includes(run.conclusion) ? "passed" : "failed"
  })
  if (status.total_count > 0)
    parts.push(status.state === "success" ? "passed" : status.state === "pending" ? "pending" : "failed")
  return (["failed", "pending", "passed"] as const).find((state) => parts.includes(state)) ?? "none"
}

/** Who wants what they say to count for merging; anybody may review. */
const mayDecide = ["OWNER", "MEMBER", "COLLABORATOR"]

/** The last word of each reviewer; a comment takes no earlier word back. `wanted`: somebody is still asked. */
export const gitHubReview = (
  reviews: ReadonlyArray<typeof GitHubReview.Type>,
  wanted: boolean,
): PullRequestChecks["review"] => {
  const words = new Map<string, string>()
  for (const { author_association, state, user } of reviews)
    if (["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(state) && mayDecide.includes(author_association))
      words.set(user?.login ?? "", state)
  const said = [...words.values()]
  if (said.includes("CHANGES_REQUESTED")) return "changes_requested"
  if (said.includes("APPROVED")) return "approved"
  return wanted ? "required" : "none"
}

/** GitHub has no such permission for the other kind of token. */
const remedy =
  "Fine-grained tokens read no check runs of private repositories: use a classic one, with the scope `repo`."

const factsOf = ({ detail, host, operation, reason }: ForgeUnknown) => ({ detail, host, operation, reason })

export const gitHubChecks = (api: ForgeApi, call: GitHubCall) =>
  Effect.fn("GitHub.checks")(function* ({ name, owner }: Repository, { number }: PullRequest) {
    const at = { owner, repo: name }
    const operation = `checks of ${owner}/${name}#${number}`

    const { body: asked } = yield* ask(
      api,
      operation,
      Asked,
      call((rest, options) => rest.pulls.get({ ...options, ...at, pull_number: number })),
    )
    const ref = asked.head.sha
    const { body: status } = yield* ask(
      api,
      operation,
      GitHubStatus,
      call((rest, options) => rest.repos.getCombinedStatusForRef({ ...options, ...at, ref })),
    )
    const runs = yield* listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) =>
        ask(
          api,
          operation,
          Schema.Struct({ total_count: Schema.Int, check_runs: Schema.Array(GitHubCheckRun) }),
          call((rest, options) => rest.checks.listForRef({ ...options, ...at, ref, per_page: perPage, page })),
        ).pipe(
          Effect.map(({ body }) => ({ items: body.check_runs, more: false, total: body.total_count })),
          Effect.mapError((error) =>
            error.reason === "forbidden" ? unanswered({ ...factsOf(error), remedy }) : error,
          ),
        ),
    })
    const reviews = yield* listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) =>
        ask(
          api,
          operation,
          Schema.Array(GitHubReview),
          call((rest, options) =>
            rest.pulls.listReviews({ ...options, ...at, pull_number: number, per_page: perPage, page }),
          ),
        ).pipe(
          Effect.map(({ body, headers }) => ({
            items: body,
            more: linksNext(headers["link"]) || body.length === perPage,
            total: null,
          })),
        ),
    })
    const wanted = (asked.requested_reviewers?.length ?? 0) + (asked.requested_teams?.length ?? 0) > 0
    return { ci: gitHubCi(status, runs), review: gitHubReview(reviews, wanted) }
  })
