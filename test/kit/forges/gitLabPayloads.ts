import type { FakePullRequest, FakeThread } from "./fakeRecords.ts"
import type { FakeRepository } from "./fakeRepository.ts"

const at = "2026-11-20T04:48:25.000Z"

/** Ids of people, the same for the same name. */
export const idOf = (username: string) => 1000 + Buffer.from(username).reduce((sum, byte) => sum + byte, 0)

const user = (username: string) => ({ id: idOf(username), username, name: username })

export const stateOf = ({ state }: FakePullRequest, old: boolean) =>
  state === "open" ? (old ? "reopened" : "opened") : state

export const mergeRequestOf = (repository: FakeRepository, pull: FakePullRequest, url: string, old: boolean) => ({
  id: pull.number + 90_000,
  iid: pull.number,
  project_id: repository.id,
  title: pull.draft && !pull.title.startsWith("Draft:") ? `Draft: ${pull.title}` : pull.title,
  description: pull.body === "" ? null : pull.body,
  state: stateOf(pull, old),
  created_at: at,
  updated_at: at,
  // comes from a table of its own and may be missing
  merged_at: null,
  target_branch: pull.base,
  source_branch: pull.branch,
  source_project_id: pull.from?.id ?? null,
  target_project_id: repository.id,
  author: user("kdev"),
  labels: [],
  reviewers: [...pull.asked].map(user),
  detailed_merge_status: pull.reviews.at(-1)?.word === "changes" ? "requested_changes" : "mergeable",
  ...(old ? {} : { draft: pull.draft }),
  work_in_progress: pull.draft,
  discussion_locked: true,
  sha: pull.sha,
  merge_commit_sha: pull.state === "merged" ? "f".repeat(40) : null,
  squash_commit_sha: null,
  web_url: `${url}/${repository.owner}/${repository.name}/-/merge_requests/${pull.number}`,
})

/** More is told of a single one than of those in lists. */
export const singleMergeRequest = (repository: FakeRepository, pull: FakePullRequest, url: string, old: boolean) => {
  const pipeline = pull.statuses.at(-1)
  return {
    ...mergeRequestOf(repository, pull, url, old),
    // some servers leave out what there is none of
    ...(pipeline === undefined && old
      ? {}
      : { head_pipeline: pipeline === undefined ? null : { id: 1, sha: pull.sha, status: pipeline.state } }),
    subscribed: false,
  }
}

export const approvalsOf = (pull: FakePullRequest) => {
  const by = pull.reviews.filter(({ word }) => word === "approved").map(({ author }) => ({ user: user(author) }))
  return { id: pull.number, iid: pull.number, approved: true, approved_by: by, approvals_left: 0 }
}

export const issueOf = ({ owner, name }: FakeRepository, thread: FakeThread, url: string) => ({
  id: thread.number + 70_000,
  iid: thread.number,
  title: thread.title,
  description: thread.body === "" ? null : thread.body,
  state: thread.isClosed ? "closed" : "opened",
  author: user(thread.author),
  labels: thread.labels,
  created_at: at,
  web_url: `${url}/${owner}/${name}/-/issues/${thread.number}`,
})

/** What reviewers wrote is among the notes. */
export const notesOf = (thread: FakeThread, pull?: FakePullRequest) => {
  const note = (id: number, author: string, body: string, system = false) => ({
    id,
    body,
    author: user(author),
    created_at: at,
    system,
    noteable_iid: thread.number,
  })
  const position = (path: string, line: number | null) => ({
    position_type: "text",
    new_path: path,
    old_path: path,
    new_line: line,
    old_line: line === null ? 1 : null,
  })
  const reviews = (pull?.reviews ?? []).flatMap((review) => [
    ...(review.body === "" ? [] : [note(review.id, review.author, review.body)]),
    ...review.onCode.map(({ body, id, line, path }) => ({
      ...note(id, review.author, body),
      type: "DiffNote",
      position: position(path, line),
    })),
  ])
  return [...thread.comments.map(({ id, author, body, system }) => note(id, author, body, system)), ...reviews]
}
