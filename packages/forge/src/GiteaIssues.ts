import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import { giteaComments } from "./GiteaComments.ts"
import { pathOf } from "./GiteaPage.ts"
import { giteaWriters, nameOf, writtenBy } from "./GiteaWriters.ts"
import { unanswered } from "./Unanswered.ts"

const GiteaIssue = Schema.Struct({
  number: Schema.Int,
  title: Schema.String,
  body: Schema.String,
  ...writtenBy,
  html_url: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  labels: Schema.NullOr(Schema.Array(Schema.Struct({ name: Schema.String }))),
  /** null: an issue. */
  pull_request: Schema.optional(Schema.Unknown),
})

export const giteaIssues = (api: ForgeApi) => {
  const read = Effect.fn("Gitea.read")(function* (repository: Repository, { kind, number }: Thread) {
    const operation = `${kind} ${repository.owner}/${repository.name}#${number}`
    const path = `${pathOf(repository)}/issues/${number}`
    const { body: issue } = yield* ask(api, operation, GiteaIssue, (signal) => request(api, path, signal))
    if (kind === "pull request" && !issue.pull_request)
      return yield* unanswered({ host: api.host, operation, reason: "not_found", detail: "it is no pull request" })
    const comments = yield* giteaComments(api, repository, { number, operation })
    const mayWrite = yield* giteaWriters(api, repository, { operation, written: [issue, ...comments] })
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body,
      author: nameOf(issue),
      mayWrite: mayWrite(issue),
      url: issue.html_url,
      state: issue.state,
      labels: (issue.labels ?? []).map(({ name }) => name),
      comments: comments.map((comment) => ({
        author: nameOf(comment),
        mayWrite: mayWrite(comment),
        body: comment.body,
        created_at: comment.created_at,
        url: comment.html_url,
      })),
    } satisfies IssueText
  })

  const comment = Effect.fn("Gitea.comment")(function* (repository: Repository, thread: Thread, body: string) {
    const operation = `a comment on ${thread.kind} ${repository.owner}/${repository.name}#${thread.number}`
    const made = yield* tell(api, operation, Schema.Struct({ html_url: Schema.String }), (signal) =>
      request(api, `${pathOf(repository)}/issues/${thread.number}/comments`, signal, { body }),
    )
    return { url: made.html_url }
  })

  return { read, comment }
}
