import type { IssueText } from "@kugetsu/core/domain/IssueText"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, tell } from "./ForgeApi.ts"
import type { Repository, Thread } from "./ForgeClient.ts"
import { type GitLabCall, perPage } from "./GitLabCall.ts"
import { idOf, linksNext, listWhole } from "./Listing.ts"

const User = Schema.Struct({ id: Schema.Int, username: Schema.String })

/** An issue or a merge request. */
const GitLabThread = Schema.Struct({
  iid: Schema.Int,
  title: Schema.String,
  description: Schema.optional(Schema.NullOr(Schema.String)),
  author: User,
  web_url: Schema.String,
  state: Schema.Literals(["opened", "reopened", "locked", "merged", "closed"]),
  labels: Schema.Array(Schema.String),
})

const GitLabNote = Schema.Struct({
  id: Schema.Int,
  body: Schema.String,
  author: User,
  created_at: Schema.String,
  /** GitLab's own: "changed the title". */
  system: Schema.Boolean,
})

const GitLabMember = Schema.Struct({ id: Schema.Int, access_level: Schema.Int })

/** From here on people may push. */
const developer = 30

export const gitLabIssues = (api: ForgeApi, call: GitLabCall) => {
  const sign = (kind: Thread["kind"]) => (kind === "issue" ? "#" : "!")

  /** Those of the people who may push. null: the token may not see the members. */
  const writersAmong = Effect.fnUntraced(function* (project: string, operation: string, people: ReadonlyArray<number>) {
    const writers = new Set<number>()
    // as many as a page has
    for (let from = 0; from < people.length; from += perPage) {
      const { body } = yield* ask(
        api,
        operation,
        Schema.Array(GitLabMember),
        call("ProjectMembers", (members) =>
          members.all(project, {
            includeInherited: true,
            userIds: people.slice(from, from + perPage),
            perPage,
            page: 1,
          }),
        ),
      )
      for (const { access_level, id } of body) if (access_level >= developer) writers.add(id)
    }
    return writers
  })

  const notesOf = (project: string, operation: string, { kind, number }: Thread) =>
    listWhole({
      host: api.host,
      operation,
      keyOf: idOf,
      page: (page) =>
        ask(
          api,
          operation,
          Schema.Array(GitLabNote),
          call(kind === "issue" ? "IssueNotes" : "MergeRequestNotes", (notes) =>
            notes.all(project, number, { sort: "asc", orderBy: "created_at", perPage, page }),
          ),
        ).pipe(
          Effect.map(({ body, headers }) => ({
            items: body,
            more: Boolean(headers["x-next-page"]) || linksNext(headers["link"]) || body.length === perPage,
            total: null,
          })),
        ),
    })

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
    const notes = (yield* notesOf(project, operation, thread)).filter(({ system }) => !system)
    const people = [...new Set(notes.map(({ author }) => author.id))]
    const writers = yield* writersAmong(project, operation, people).pipe(
      Effect.catchIf(
        ({ reason }) => reason === "forbidden",
        () => Effect.succeed(null),
      ),
    )
    return {
      number: it.iid,
      title: it.title,
      body: it.description ?? "",
      author: it.author.username,
      url: it.web_url,
      state: it.state === "merged" || it.state === "closed" ? "closed" : "open",
      labels: it.labels,
      comments: notes.map(({ author, body, created_at, id }) => ({
        author: author.username,
        mayWrite: writers === null ? null : writers.has(author.id),
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
