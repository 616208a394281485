import { Result } from "effect"
import { readIssueAddress } from "./IssueAddress.ts"

/**
 * The number in the address of a pull request, where that is one of the repository whose page this is (without scheme,
 * in lower case); null: it is another's, or no pull request's.
 */
export const numberOfPullRequest = (address: string, page: string): number | null => {
  const read = Result.getOrElse(readIssueAddress(address), () => null)
  if (read === null || read.pullRequestUrl === null || read.project.join("/").toLowerCase() !== page) return null
  return Number(read.identifier.replace(/^[pm]r-/, ""))
}
