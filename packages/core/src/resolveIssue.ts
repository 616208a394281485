import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { parseReference } from "./domain/IssueRef.ts"
import { readPullRequestName } from "./domain/PullRequestName.ts"
import { isOnPullRequest, refOf } from "./domain/Session.ts"
import { resolveReference } from "./resolveReference.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"

/** A pull request's number alone, and several repositories have one that is worked on. */
export class AmbiguousPullRequest extends Schema.TaggedError<AmbiguousPullRequest>()("AmbiguousPullRequest", {
  input: Schema.String,
  issues: Schema.Array(Schema.String),
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `"${this.input}" may be that of ${this.issues.join(", ")}`
  }
  get remedy() {
    return "Name the issue, or write the repository before it: owner/repo PR #7."
  }
}

/**
 * The issue a person means, in any form they type or paste it: `host/owner/repo#14`, `owner/repo#14` on the default server,
 * the URL of the issue or of its pull request, `PR #7`. Spelled as in its record. Fails with `InvalidIssueRef` or
 * `AmbiguousPullRequest`.
 */
export const resolveIssue = Effect.fn("resolveIssue")(function* (text: string) {
  const name = readPullRequestName(text)
  if (name !== null && name.repository === null) {
    const issues = (yield* (yield* Sessions).list).flatMap(({ session }) => {
      const issue = isOnPullRequest(session, name.identifier) ? refOf(session) : null
      return issue === null ? [] : [issue]
    })
    const [only, ...others] = issues
    if (others.length > 0) return yield* new AmbiguousPullRequest({ input: text.trim(), issues: issues.map(String) })
    if (only !== undefined) return only
  }
  const defaultInstance = yield* (yield* Servers).defaultInstance
  return yield* resolveReference(yield* Effect.fromResult(parseReference(text, { defaultInstance })))
})
