import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { PullRequestChecks } from "@kugetsu/core/domain/PullRequestChecks"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import type { GitLabCall } from "./GitLabCall.ts"

export const GitLabPipeline = Schema.Struct({
  status: Schema.Literals([
    "created",
    "waiting_for_resource",
    "preparing",
    "waiting_for_callback",
    "pending",
    "running",
    "success",
    "failed",
    "canceling",
    "canceled",
    "skipped",
    "manual",
    "scheduled",
  ]),
})

const GitLabState = Schema.Struct({
  /** null: nothing was run for it; missing where the project has no pipelines. Only of a single merge request. */
  head_pipeline: Schema.optional(Schema.NullOr(GitLabPipeline)),
  detailed_merge_status: Schema.optional(Schema.NullOr(Schema.String)),
  reviewers: Schema.optional(Schema.NullOr(Schema.Array(Schema.Unknown))),
})

export const GitLabApprovals = Schema.Struct({
  /** true also where none is asked for and none was given. */
  approved: Schema.optional(Schema.NullOr(Schema.Boolean)),
  approvals_left: Schema.optional(Schema.NullOr(Schema.Int)),
  approved_by: Schema.Array(Schema.Unknown),
})

export const gitLabCi = (pipeline: typeof GitLabPipeline.Type | null): PullRequestChecks["ci"] => {
  switch (pipeline?.status) {
    case undefined:
    case "skipped":
      return "none"
    case "success":
      return "passed"
    case "failed":
    case "canceled":
      return "failed"
    default:
      return "pending"
  }
}

export const gitLabReview = (
  { detailed_merge_status: status, reviewers }: Omit<typeof GitLabState.Type, "head_pipeline">,
  { approvals_left: left, approved, approved_by }: typeof GitLabApprovals.Type,
): PullRequestChecks["review"] => {
  if (status === "requested_changes") return "changes_requested"
  const isMissing = status === "not_approved" || (left ?? 0) > 0
  if (approved_by.length > 0 && approved !== false && !isMissing) return "approved"
  return isMissing || approved === false || (reviewers?.length ?? 0) > 0 ? "required" : "none"
}

export const gitLabChecks = (api: ForgeApi, call: GitLabCall) =>
  Effect.fn("GitLab.checks")(function* ({ name, owner }: Repository, { number }: PullRequest) {
    const project = `${owner}/${name}`
    const operation = `checks of ${project}!${number}`
    const { body: state } = yield* ask(
      api,
      operation,
      GitLabState,
      call("MergeRequests", (mergeRequests) => mergeRequests.show(project, number)),
    )
    const { body: approvals } = yield* ask(
      api,
      operation,
      GitLabApprovals,
      call("MergeRequestApprovals", (resource) => resource.showConfiguration(project, { mergerequestIId: number })),
    )
    return { ci: gitLabCi(state.head_pipeline ?? null), review: gitLabReview(state, approvals) }
  })
