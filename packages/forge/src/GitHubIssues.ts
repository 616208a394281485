import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import { type GitHubCall, perPage } from "./GitHubCall.ts"
import { gitHubWriters, nameOf, writtenBy } from "./GitHubWriters.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

const GitHubIssue = Schema.Struct({
  number: Schema.Int,
  title: Schema.String,
  body: Schema.optional(Schema.NullOr(Schema.String)),
  ...writtenBy,
  html_url: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  labels: Schema.Array(
    Schema.Union([Schema.String, Schema.Struct({ name: Schema.optional(Schema.NullOr(Schema.String)) })]),
  ),
  /** There where the issue is a pull request. */
  pull_request: Schema.optional(Schema.Unknown),
})

const GitHubComment = Schema.Struct({
  id: Schema.Int,
  ...writtenBy,
  body: Schema.optional(Schema.NullOr(Schema.String)),
  html_url: Schema.String,
  created_at: Schema.String,
})

/** The conversation of an issue or a pull request. */
export const gitHubComments = (
  api: ForgeApi,
  call: GitHubCall,
  { at, operation }: { readonly operation: string; readonly at: { owner: string; repo: string; issue_number: number } },
) =>
  listWhole({
    host: api.host,
    operation,
    keyOf: idOf,
    page: (page) =>
      ask(
        api,
        operation,
        Schema.Array(GitHubComment),
        call((rest, options) => rest.issues.listComments({ ...options, ...at, per_page: perPage, page })),
      ).pipe(
        Effect.map(({ body, headers }) => ({
          items: body,
          more: linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      ),
  })

export const gitHubIssues = (api: ForgeApi, call: GitHubCall) => {
  const read = Effect.fn("GitHub.read")(function* (repository: Repository, { kind, number }: Thread) {
    const { name, owner } = repository
    const at = { owner, repo: name, issue_number: number }
    const operation = `${kind} ${owner}/${name}#${number}`
    const { body: issue } = yield* ask(
      api,
      operation,
      GitHubIssue,
      call((rest, options) => rest.issues.get({ ...options, ...at })),
    )
    if (kind === "pull request" && !issue.pull_request)
      return yield* unanswered({ host: api.host, operation, reason: "not_found", detail: "it is no pull request" })
    const comments = yield* gitHubComments(api, call, { operation, at })
    const mayWrite = yield* gitHubWriters(api, call, { repository, operation, written: [issue, ...comments] })
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? "",
      author: nameOf(issue),
      mayWrite: mayWrite(issue),
      url: issue.html_url,
      state: issue.state,
      labels: issue.labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? []))),
      comments: comments.map((comment) => ({
        author: nameOf(comment),
        mayWrite: mayWrite(comment),
        body: comment.body ?? "",
        created_at: comment.created_at,
        url: comment.html_url,
      })),
    } satisfies IssueText
  })

  const comment = Effect.fn("GitHub.comment")(function* ({ name, owner }: Repository, thread: Thread, body: string) {
    const made = yield* tell(
      api,
      `a comment on ${thread.kind} ${owner}/${name}#${thread.number}`,
      Schema.Struct({ html_url: Schema.String }),
      call((rest, options) =>
        rest.issues.createComment({ ...options, owner, repo: name, issue_number: thread.number, body }),
      ),
    )
    return { url: made.html_url }
  })

  return { read, comment }
}
