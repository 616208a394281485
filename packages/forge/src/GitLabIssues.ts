import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import type { GitLabCall } from "./GitLabCall.ts"
import { gitLabNotes } from "./GitLabNotes.ts"
import { gitLabWriters, GitLabUser } from "./GitLabWriters.ts"

/** An issue or a merge request. */
const GitLabThread = Schema.Struct({
  iid: Schema.Int,
  title: Schema.String,
  description: Schema.optional(Schema.NullOr(Schema.String)),
  author: GitLabUser,
  web_url: Schema.String,
  state: Schema.Literals(["opened", "reopened", "locked", "merged", "closed"]),
  labels: Schema.Array(Schema.String),
})

export const gitLabIssues = (api: ForgeApi, call: GitLabCall) => {
  const sign = (kind: Thread["kind"]) => (kind === "issue" ? "#" : "!")

  const read = Effect.fn("GitLab.read")(function* ({ name, owner }: Repository, thread: Thread) {
    const { kind, number } = thread
    const project = `${owner}/${name}`
    const operation = `${kind} ${project}${sign(kind)}${number}`
    const { body: it } = yield* ask(
      api,
      operation,
      GitLabThread,
      kind === "issue"
        ? call("Issues", (issues) => issues.show(number, { projectId: project }))
        : call("MergeRequests", (mergeRequests) => mergeRequests.show(project, number)),
    )
    const notes = yield* gitLabNotes(api, call, { project, operation, thread })
    const people = [it.author, ...notes.map(({ author }) => author)]
    const mayWrite = yield* gitLabWriters(api, call, { project, operation, people })
    return {
      number: it.iid,
      title: it.title,
      body: it.description ?? "",
      author: it.author.username,
      mayWrite: mayWrite(it.author),
      url: it.web_url,
      state: it.state === "merged" || it.state === "closed" ? "closed" : "open",
      labels: it.labels,
      comments: notes.map(({ author, body, created_at, id }) => ({
        author: author.username,
        mayWrite: mayWrite(author),
        body,
        created_at,
        url: `${it.web_url}#note_${id}`,
      })),
    } satisfies IssueText
  })

  const comment = Effect.fn("GitLab.comment")(function* ({ name, owner }: Repository, thread: Thread, body: string) {
    const { kind, number } = thread
    const project = `${owner}/${name}`
    const made = yield* tell(
      api,
      `a comment on ${kind} ${project}${sign(kind)}${number}`,
      Schema.Struct({ id: Schema.Int }),
      call(kind === "issue" ? "IssueNotes" : "MergeRequestNotes", (notes) => notes.create(project, number, body)),
    )
    const page = kind === "issue" ? "issues" : "merge_requests"
    return { url: `${api.base.replace(/\/api\/v4$/, "")}/${project}/-/${page}/${number}#note_${made.id}` }
  })

  return { read, comment }
}
