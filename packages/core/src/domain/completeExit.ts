import type { RunExit } from "./Run.ts"
import type { RunPullRequest } from "./RunPullRequest.ts"
import { isOpenPullRequest, type PullRequest } from "./PullRequest.ts"

/** The outcome of a run with what came of its pull request afterwards. */
export const completeExit = (exit: RunExit, known: RunPullRequest | null): RunExit => {
  if (known === null) return exit
  const { pull_request: pullRequest, state } = known
  const evidence = [...exit.evidence, ...sentencesOf(known)]
  if (pullRequest === null) return { ...exit, evidence }
  return {
    ...exit,
    outcome: outcomeWith(exit, pullRequest, state === "opened"),
    evidence,
    pr_url: pullRequest.url,
    work: exit.work === null ? null : { ...exit.work, pull_request: pullRequest },
  }
}

/** Only commits that had no pull request get one: whatever else a run came to, it came to. */
const outcomeWith = (exit: RunExit, pullRequest: PullRequest, opened: boolean): RunExit["outcome"] => {
  if (exit.outcome !== "committed" || !isOpenPullRequest(pullRequest) || exit.work?.pushed === false)
    return exit.outcome
  return !opened && exit.work?.pull_request_before === true ? "pr_updated" : "pr_opened"
}

const sentencesOf = ({ pull_request, reason, state }: RunPullRequest): ReadonlyArray<string> => {
  switch (state) {
    case "opened":
      return [`the pull request ${pull_request?.url ?? ""} was opened after the run`]
    case "found":
      return [
        `its pull request ${pull_request?.url ?? ""} is ${pull_request?.state ?? "there"}${reason === null ? "" : `; ${reason}`}`,
      ]
    case "none":
    case "refused":
    case "unknown":
    case "waits":
      return reason === null ? [] : [`no pull request was opened: ${reason}`]
  }
}
