import { Effect, Result } from "effect"
import { type IssueRef, parseIssueRef, sameIssue } from "./domain/IssueRef.ts"
import { Queue } from "./Queue.ts"

/** The ids of the tasks that wait for an issue, and would start it. */
export const waitingTasks = Effect.fn("waitingTasks")(function* (ref: IssueRef) {
  const pending = yield* (yield* Queue).list(["pending"])
  return pending.flatMap(({ id, issue_ref }) => {
    const issue = issue_ref === null ? null : Result.getOrNull(parseIssueRef(issue_ref))
    return issue !== null && sameIssue(issue, ref) ? [id] : []
  })
})
