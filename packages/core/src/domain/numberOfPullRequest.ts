import { Result } from "effect"
import { type IssueRef, parseReference, pullRequestNumber } from "./IssueRef.ts"

/**
 * The number of an issue's pull request: its own where the issue is one, else that of the recorded address. null: none is
 * recorded, or one of another repository, which the issue's forge cannot be asked for.
 */
export const numberOfPullRequest = (ref: IssueRef, recordedUrl: string | null): number | null => {
  const own = pullRequestNumber(ref)
  if (own !== null || recordedUrl === null) return own
  const recorded = Result.getOrElse(parseReference(recordedUrl, { defaultInstance: ref.instance }), () => null)
  return recorded?.issue.repositoryKey.toLowerCase() === ref.repositoryKey.toLowerCase()
    ? pullRequestNumber(recorded.issue)
    : null
}
