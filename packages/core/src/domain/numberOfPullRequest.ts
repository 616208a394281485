import { Result } from "effect"
import { type IssueRef, parseReference } from "./IssueRef.ts"

/**
 * The number of an issue's pull request: its own where the issue is one, else that of the recorded address. null: none is
 * recorded, or one of another repository, which the issue's forge cannot be asked for.
 */
export const numberOfPullRequest = (ref: IssueRef, recordedUrl: string | null): number | null => {
  const own = numberIn(ref.identifier)
  if (own !== null || recordedUrl === null) return own
  const recorded = Result.getOrElse(parseReference(recordedUrl, { defaultInstance: ref.instance }), () => null)
  return recorded?.issue.repositoryKey.toLowerCase() === ref.repositoryKey.toLowerCase()
    ? numberIn(recorded.issue.identifier)
    : null
}

const numberIn = (identifier: string): number | null => {
  const number = /^[pm]r-(\d+)$/.exec(identifier)?.[1]
  return number === undefined ? null : Number(number)
}
