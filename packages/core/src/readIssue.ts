import { Effect, Result } from "effect"
import { harmlessLine } from "./domain/harmlessText.ts"
import { type IssueReading, nothingToRead } from "./domain/IssueReading.ts"
import { type IssueRef, pullRequestNumber } from "./domain/IssueRef.ts"
import { inOrder } from "./domain/ReviewRemark.ts"
import { Allowance, ForgeAllowance } from "./ForgeAllowance.ts"
import { Issues } from "./Issues.ts"
import { type ForgeUnknown, PullRequests } from "./PullRequests.ts"

/** Calls of the forge's API for one reading; the longest conversations then stay unread. */
const mostCalls = 40

/**
 * An issue and what was said of its pull request, for an agent, within what is left of the allowance. What the forge does
 * not tell is told as such: a turn goes on without it.
 */
export const readIssue = Effect.fn("readIssue")(function* (ref: IssueRef, pullRequest: number | null) {
  // a free name such as `-discuss` has no page
  if (!/^([pm]r-)?\d+$/.test(ref.identifier)) return nothingToRead
  const left = yield* ForgeAllowance
  const allowance = new Allowance({ calls: mostCalls, ...(left !== null && { ms: left.msLeft }) })
  return yield* Effect.provideService(read(ref, pullRequest), ForgeAllowance, allowance)
})

const read = Effect.fnUntraced(function* (ref: IssueRef, pullRequest: number | null) {
  const issue = yield* Effect.result((yield* Issues).read(ref))
  const remarks = pullRequest === null ? null : yield* Effect.result((yield* PullRequests).remarks(ref, pullRequest))
  const unread = [
    ...(Result.isFailure(issue) ? [sentence("the issue", issue.failure)] : []),
    ...(remarks !== null && Result.isFailure(remarks) ? [sentence("the pull request's reviews", remarks.failure)] : []),
  ]
  const said = remarks !== null && Result.isSuccess(remarks) ? inOrder(remarks.success) : null
  const text = Result.getOrElse(issue, () => null)
  // a pull request's own conversation is among them
  const isSaid = said !== null && pullRequestNumber(ref) !== null
  return {
    issue: text !== null && isSaid ? { ...text, comments: [] } : text,
    remarks: said,
    unread,
  } satisfies IssueReading
})

const sentence = (what: string, { message, remedy }: ForgeUnknown): string =>
  harmlessLine(`${what} could not be read: ${message} (${remedy})`)
