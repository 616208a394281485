import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Thread } from "./ForgeClient.ts"
import { type GitLabCall, perPage } from "./GitLabCall.ts"
import { GitLabUser } from "./GitLabWriters.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"

const GitLabNote = Schema.Struct({
  id: Schema.Int,
  body: Schema.String,
  author: GitLabUser,
  created_at: Schema.String,
  /** GitLab's own: "changed the title". */
  system: Schema.Boolean,
  /** Of a comment on the code; no line: it is about the file, or about a picture. */
  position: Schema.optional(
    Schema.NullOr(
      Schema.Struct({
        new_path: Schema.optional(Schema.NullOr(Schema.String)),
        old_path: Schema.optional(Schema.NullOr(Schema.String)),
        new_line: Schema.optional(Schema.NullOr(Schema.Int)),
      }),
    ),
  ),
})

/** What people wrote in an issue or a merge request, the oldest first. */
export const gitLabNotes = (
  api: ForgeApi,
  call: GitLabCall,
  asked: { readonly project: string; readonly operation: string; readonly thread: Thread },
) => {
  const { operation, project, thread } = asked
  return listWhole({
    host: api.host,
    operation,
    keyOf: idOf,
    page: (page) =>
      ask(
        api,
        operation,
        Schema.Array(GitLabNote),
        call(thread.kind === "issue" ? "IssueNotes" : "MergeRequestNotes", (notes) =>
          notes.all(project, thread.number, { sort: "asc", orderBy: "created_at", perPage, page }),
        ),
      ).pipe(
        Effect.map(({ body, headers }) => ({
          items: body,
          more: Boolean(headers["x-next-page"]) || linksNext(headers["link"]) || body.length === perPage,
          total: null,
        })),
      ),
  }).pipe(Effect.map((notes) => notes.filter(({ system }) => !system)))
}
