import { Effect } from "effect"
import { IssueRef, type Reference } from "./domain/IssueRef.ts"
import { isPullRequestName } from "./domain/PullRequestName.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"

/** The issue a reference means. A pull request that no session owns goes by the word of its forge: `pr-7`, or `mr-7`. */
export const resolveReference = Effect.fn("resolveReference")(function* (reference: Reference) {
  const issue = yield* (yield* Sessions).resolve(reference)
  if (!isPullRequestName(issue.identifier)) return issue
  const { type } = yield* (yield* Servers).forInstance(issue.instance)
  if (type === null) return issue
  const { instance, owner, repository } = issue
  const identifier = `${type === "gitlab" ? "mr" : "pr"}${issue.identifier.slice(2)}`
  return identifier === issue.identifier ? issue : new IssueRef({ instance, owner, repository, identifier })
})
