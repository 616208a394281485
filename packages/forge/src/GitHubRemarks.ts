import type { ReviewRemark } from "@kugetsu/core/domain/ReviewRemark"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { type GitHubCall, perPage } from "./GitHubCall.ts"
import { gitHubComments } from "./GitHubIssues.ts"
import { gitHubWriters, nameOf, writtenBy } from "./GitHubWriters.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"

const Review = Schema.Struct({
  id: Schema.Int,
  ...writtenBy,
  body: Schema.optional(Schema.NullOr(Schema.String)),
  state: Schema.String,
  html_url: Schema.String,
  submitted_at: Schema.optional(Schema.NullOr(Schema.String)),
})

const CodeComment = Schema.Struct({
  id: Schema.Int,
  ...writtenBy,
  body: Schema.String,
  path: Schema.String,
  /** null: the code has changed since. */
  line: Schema.optional(Schema.NullOr(Schema.Int)),
  html_url: Schema.String,
  created_at: Schema.String,
})

const verdicts: Readonly<Record<string, ReviewRemark["verdict"]>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes_requested",
  DISMISSED: "dismissed",
}

export const gitHubRemarks = (api: ForgeApi, call: GitHubCall) => {
  const list = <A extends { readonly id: number }>(
    operation: string,
    item: Schema.ConstraintDecoder<A>,
    send: (page: number) => ReturnType<GitHubCall>,
  ) =>
    listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) =>
        ask(api, operation, Schema.Array(item), send(page)).pipe(
          Effect.map(({ body, headers }) => ({
            items: body,
            more: linksNext(headers["link"]) || body.length === perPage,
            total: null,
          })),
        ),
    })

  return Effect.fn("GitHub.remarks")(function* (repository: Repository, number: number) {
    const { name, owner } = repository
    const operation = `reviews of ${owner}/${name}#${number}`
    const at = { owner, repo: name, pull_number: number }
    const reviews = yield* list(operation, Review, (page) =>
      call((rest, options) => rest.pulls.listReviews({ ...options, ...at, per_page: perPage, page })),
    )
    const onCode = yield* list(operation, CodeComment, (page) =>
      call((rest, options) => rest.pulls.listReviewComments({ ...options, ...at, per_page: perPage, page })),
    )
    const conversation = yield* gitHubComments(api, call, {
      operation,
      at: { owner, repo: name, issue_number: number },
    })
    const mayWrite = yield* gitHubWriters(api, call, {
      repository,
      operation,
      written: [...reviews, ...onCode, ...conversation],
    })
    const remark = (
      it: Parameters<typeof mayWrite>[0] & {
        readonly body?: string | null | undefined
        readonly html_url: string
      },
      more: Pick<ReviewRemark, "verdict" | "at" | "created_at">,
    ): ReviewRemark => ({
      author: nameOf(it),
      mayWrite: mayWrite(it),
      body: it.body ?? "",
      url: it.html_url,
      ...more,
    })
    return [
      ...reviews
        // begun by the token's owner, and not sent
        .filter(({ state }) => state !== "PENDING")
        .map((it) =>
          remark(it, { verdict: verdicts[it.state] ?? "commented", at: null, created_at: it.submitted_at ?? null }),
        ),
      ...onCode.map((it) =>
        remark(it, { verdict: null, at: { path: it.path, line: it.line ?? null }, created_at: it.created_at }),
      ),
      ...conversation.map((it) => remark(it, { verdict: null, at: null, created_at: it.created_at })),
    ]
  })
}
