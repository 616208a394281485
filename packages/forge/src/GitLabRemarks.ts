import type { ReviewRemark } from "@kugetsu/core/domain/ReviewRemark"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import type { GitLabCall } from "./GitLabCall.ts"
import { gitLabNotes } from "./GitLabNotes.ts"
import { gitLabWriters, GitLabUser } from "./GitLabWriters.ts"

const GitLabApprovers = Schema.Struct({
  approved_by: Schema.Array(
    Schema.Struct({ user: GitLabUser, approved_at: Schema.optional(Schema.NullOr(Schema.String)) }),
  ),
})

/** GitLab's reviews are notes, and approvals without words. */
export const gitLabRemarks = (api: ForgeApi, call: GitLabCall) =>
  Effect.fn("GitLab.remarks")(function* ({ name, owner }: Repository, number: number) {
    const project = `${owner}/${name}`
    const operation = `reviews of ${project}!${number}`
    const page = `${api.base.replace(/\/api\/v4$/, "")}/${project}/-/merge_requests/${number}`
    const notes = yield* gitLabNotes(api, call, { project, operation, thread: { kind: "pull request", number } })
    const { body: approvals } = yield* ask(
      api,
      operation,
      GitLabApprovers,
      call("MergeRequestApprovals", (resource) => resource.showConfiguration(project, { mergerequestIId: number })),
    )
    const people = [...notes.map(({ author }) => author), ...approvals.approved_by.map(({ user }) => user)]
    const mayWrite = yield* gitLabWriters(api, call, { project, operation, people })
    return [
      ...notes.map(({ author, body, created_at, id, position }): ReviewRemark => {
        const path = position?.new_path ?? position?.old_path ?? null
        return {
          author: author.username,
          mayWrite: mayWrite(author),
          verdict: null,
          at: path === null ? null : { path, line: position?.new_line ?? null },
          body,
          created_at,
          url: `${page}#note_${id}`,
        }
      }),
      ...approvals.approved_by.map(({ approved_at, user }): ReviewRemark => ({
        author: user.username,
        mayWrite: mayWrite(user),
        verdict: "approved",
        at: null,
        body: "",
        created_at: approved_at ?? null,
        url: page,
      })),
    ]
  })
