import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { type IssueRef, parseReference } from "./domain/IssueRef.ts"
import { Servers } from "./Servers.ts"

/** Text that was given where the URL of an issue's pull request was expected. */
export class NotItsPullRequest extends Schema.TaggedError<NotItsPullRequest>()("NotItsPullRequest", {
  input: Schema.String,
  repository: Schema.String,
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `"${this.input}" is no pull request of ${this.repository}`
  }
  get remedy() {
    return "Paste the pull request's URL, e.g. https://github.com/you/repo/pull/12."
  }
}

/** The address of an issue's pull request, from what a person pasted. */
export const requirePullRequest = Effect.fn("requirePullRequest")(function* (ref: IssueRef, text: string) {
  const defaultInstance = yield* (yield* Servers).defaultInstance
  const invalid = new NotItsPullRequest({ input: text, repository: ref.repositoryKey })
  const { issue, pullRequestUrl } = yield* Effect.mapError(
    Effect.fromResult(parseReference(text, { defaultInstance })),
    () => invalid,
  )
  const isItsOwn = issue.repositoryKey.toLowerCase() === ref.repositoryKey.toLowerCase()
  return pullRequestUrl !== null && isItsOwn ? pullRequestUrl : yield* invalid
})
