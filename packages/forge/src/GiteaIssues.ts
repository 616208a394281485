import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import { countedPage, pathOf } from "./GiteaPage.ts"
import { idOf, listWhole } from "./Listing.ts"
import { unanswered } from "./Unanswered.ts"

/** null: the account was deleted, or the text came from another forge. */
const User = Schema.NullOr(Schema.Struct({ login: Schema.String }))
const migrated = Schema.optional(Schema.NullOr(Schema.String))

const GiteaIssue = Schema.Struct({
  number: Schema.Int,
  title: Schema.String,
  body: Schema.String,
  user: User,
  original_author: migrated,
  html_url: Schema.String,
  state: Schema.Literals(["open", "closed"]),
  labels: Schema.NullOr(Schema.Array(Schema.Struct({ name: Schema.String }))),
  /** null: an issue. */
  pull_request: Schema.optional(Schema.Unknown),
})

const GiteaComment = Schema.Struct({
  id: Schema.Int,
  body: Schema.String,
  user: User,
  original_author: migrated,
  html_url: Schema.String,
  created_at: Schema.String,
})

interface Written {
  readonly user: typeof User.Type
  readonly original_author?: string | null | undefined
}

/** The server's own pages give that name to accounts that were deleted. */
const nameOf = ({ original_author, user }: Written): string => original_author || user?.login || "Ghost"

export const giteaIssues = (api: ForgeApi) => {
  const read = Effect.fn("Gitea.read")(function* (repository: Repository, { kind, number }: Thread) {
    const operation = `${kind} ${repository.owner}/${repository.name}#${number}`
    const path = `${pathOf(repository)}/issues/${number}`
    const { body: issue } = yield* ask(api, operation, GiteaIssue, (signal) => request(api, path, signal))
    if (kind === "pull request" && !issue.pull_request)
      return yield* unanswered({ host: api.host, operation, reason: "not_found", detail: "it is no pull request" })
    // most servers give this list whole, whatever page is asked for
    const comments = yield* listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) => countedPage(api, operation, `${path}/comments`, GiteaComment, page),
    })
    const writers = comments.length === 0 ? null : yield* writersOf(repository, operation)
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body,
      author: nameOf(issue),
      url: issue.html_url,
      state: issue.state,
      labels: (issue.labels ?? []).map(({ name }) => name),
      comments: comments.map((comment) => ({
        author: nameOf(comment),
        // a name from another forge says nothing of who may write here
        mayWrite: writers === null ? null : !comment.original_author && writers.has(comment.user?.login ?? ""),
        body: comment.body,
        created_at: comment.created_at,
        url: comment.html_url,
      })),
    } satisfies IssueText
  })

  /** Whoever may be given an issue may write. null: the token may not see who that is. */
  const writersOf = (repository: Repository, operation: string) =>
    ask(api, operation, Schema.Array(Schema.Struct({ login: Schema.String })), (signal) =>
      request(api, `${pathOf(repository)}/assignees`, signal),
    ).pipe(
      Effect.map(({ body }) => new Set(body.map(({ login }) => login))),
      Effect.catchIf(
        // old servers have no such list
        ({ reason }) => reason === "forbidden" || reason === "not_found",
        () => Effect.succeed(null),
      ),
    )

  const comment = Effect.fn("Gitea.comment")(function* (repository: Repository, thread: Thread, body: string) {
    const operation = `a comment on ${thread.kind} ${repository.owner}/${repository.name}#${thread.number}`
    const made = yield* tell(api, operation, Schema.Struct({ html_url: Schema.String }), (signal) =>
      request(api, `${pathOf(repository)}/issues/${thread.number}/comments`, signal, { body }),
    )
    return { url: made.html_url }
  })

  return { read, comment }
}
