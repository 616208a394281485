import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import { type GitHubCall, perPage } from "./GitHubCall.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

/** null: the account was deleted. */
const User = Schema.NullOr(Schema.Struct({ login: Schema.String }))

const GitHubIssue = Schema.Struct({
  number: Schema.Int,
  title: Schema.String,
  body: Schema.optional(Schema.NullOr(Schema.String)),
  user: User,
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
  user: User,
  body: Schema.optional(Schema.NullOr(Schema.String)),
  html_url: Schema.String,
  created_at: Schema.String,
  author_association: Schema.String,
})

/** The name that GitHub's own pages give to accounts that were deleted. */
const nameOf = (user: typeof User.Type): string => user?.login ?? "ghost"

/** Who was let in by an owner. */
const insiders = ["OWNER", "MEMBER", "COLLABORATOR"]

export const gitHubIssues = (api: ForgeApi, call: GitHubCall) => {
  const read = Effect.fn("GitHub.read")(function* ({ name, owner }: Repository, { kind, number }: Thread) {
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
    const comments = yield* listWhole({
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
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? "",
      author: nameOf(issue.user),
      url: issue.html_url,
      state: issue.state,
      labels: issue.labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? []))),
      comments: comments.map((comment) => ({
        author: nameOf(comment.user),
        mayWrite: insiders.includes(comment.author_association),
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
