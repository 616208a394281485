import type { ReviewRemark } from "@kugetsu/core/domain/ReviewRemark"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { giteaComments } from "./GiteaComments.ts"
import { countedPage, pathOf } from "./GiteaPage.ts"
import { giteaWriters, nameOf, writtenBy } from "./GiteaWriters.ts"
import { idOf, listWhole } from "./Listing.ts"

const Review = Schema.Struct({
  id: Schema.Int,
  ...writtenBy,
  state: Schema.String,
  body: Schema.String,
  dismissed: Schema.Boolean,
  comments_count: Schema.Int,
  submitted_at: Schema.String,
  html_url: Schema.String,
})

const CodeComment = Schema.Struct({
  ...writtenBy,
  path: Schema.String,
  body: Schema.String,
  /** The line in the new file; 0: it is one of the old file. */
  position: Schema.Int,
  created_at: Schema.String,
  html_url: Schema.String,
})

const verdicts: Readonly<Record<string, ReviewRemark["verdict"]>> = {
  APPROVED: "approved",
  REQUEST_CHANGES: "changes_requested",
  COMMENT: "commented",
}

/** Reviews whose comments on the code are asked for, each by itself: the newest. */
const mostReviews = 10

export const giteaRemarks = (api: ForgeApi) =>
  Effect.fn("Gitea.remarks")(function* (repository: Repository, number: number) {
    const operation = `reviews of ${repository.owner}/${repository.name}#${number}`
    const path = `${pathOf(repository)}/pulls/${number}/reviews`
    const all = yield* listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) => countedPage(api, operation, path, Review, page),
    })
    // the others are requests, and drafts of the token's owner
    const reviews = all.filter(({ state }) => state in verdicts)
    const onCode = yield* Effect.forEach(
      reviews.filter(({ comments_count }) => comments_count > 0).slice(-mostReviews),
      ({ id }) =>
        ask(api, operation, Schema.Array(CodeComment), (signal) => request(api, `${path}/${id}/comments`, signal)),
    )
    const comments = onCode.flatMap(({ body }) => body)
    const conversation = yield* giteaComments(api, repository, { number, operation })
    const mayWrite = yield* giteaWriters(api, repository, {
      operation,
      written: [...reviews, ...comments, ...conversation],
    })
    const remark = (
      it: Parameters<typeof mayWrite>[0] & { readonly body: string; readonly html_url: string },
      more: Pick<ReviewRemark, "verdict" | "at" | "created_at">,
    ): ReviewRemark => ({
      author: nameOf(it),
      mayWrite: mayWrite(it),
      body: it.body,
      url: it.html_url,
      ...more,
    })
    return [
      ...reviews.map((it) =>
        remark(it, {
          verdict: it.dismissed ? "dismissed" : verdicts[it.state]!,
          at: null,
          created_at: it.submitted_at,
        }),
      ),
      ...comments.map((it) =>
        remark(it, { verdict: null, at: { path: it.path, line: it.position || null }, created_at: it.created_at }),
      ),
      ...conversation.map((it) => remark(it, { verdict: null, at: null, created_at: it.created_at })),
    ]
  })
