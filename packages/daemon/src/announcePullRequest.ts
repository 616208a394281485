import type { RunRequest } from "@kugetsu/core/domain/Run"
import type { RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"
import { Effect } from "effect"
import { tell } from "./announce.ts"

/** Opened after people were told of the run's outcome. */
export const announceOpened = Effect.fn("announcePullRequest.opened")(function* (
  { issue_ref, run }: RunRequest,
  { pull_request }: RunPullRequest,
) {
  const what = pull_request?.state === "draft" ? "a draft pull request" : "the pull request"
  yield* tell({
    type: "pull_request_opened",
    about: run,
    message: `${what} of run ${run} was opened`,
    issueRef: issue_ref,
    url: pull_request?.url ?? null,
  })
})

/** What was pushed has no pull request, or none that is known, and only a person can help. */
export const announceMissing = Effect.fn("announcePullRequest.missing")(function* (
  { issue_ref, run }: RunRequest,
  { again_at, reason }: RunPullRequest,
) {
  yield* tell({
    type: "pull_request_missing",
    about: run,
    message: `what run ${run} pushed has no pull request: ${reason ?? ""}${again_at === null ? "" : "; it is tried again"}`,
    issueRef: issue_ref,
    url: null,
  })
})
