import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import { presentable } from "./domain/IssueRefParts.ts"
import { codePlace, issuePlace, pageOf } from "./ForgePlace.ts"
import { pullRequestAt } from "./pullRequestAt.ts"
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

/** An issue's pull request, from what a person pasted: of the repository that its code goes to. */
export const requirePullRequest = Effect.fn("requirePullRequest")(function* (ref: IssueRef, text: string) {
  const servers = yield* Servers
  const place = yield* codePlace(servers, ref).pipe(
    // nobody can be asked: the repository's own name is all there is to go by
    Effect.catchTag("NoForge", () => issuePlace(servers, ref)),
  )
  const found = yield* pullRequestAt(servers, place, text)
  return found ?? (yield* new NotItsPullRequest({ input: presentable(text), repository: pageOf(place) }))
})
