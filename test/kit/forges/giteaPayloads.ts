import recordedComments from "../../fixtures/gitea/comment-list.json"
import recordedIssue from "../../fixtures/gitea/issue-get.json"
import recordedPull from "../../fixtures/gitea/pr-open.json"
import recordedReviews from "../../fixtures/gitea/reviews-approved.json"
import recordedStatus from "../../fixtures/gitea/status-success.json"
import type { FakePullRequest, FakeThread } from "./fakeRecords.ts"
import type { FakeRepository } from "./fakeRepository.ts"

const ended = "2026-11-20T04:48:36Z"

const user = (login: string) => ({ ...recordedIssue.body.user, login, username: login })

export const openness = ({ state }: FakePullRequest) => (state === "open" || state === "locked" ? "open" : "closed")

/** A recorded pull request with what differs put in. */
export const pullOf = (repository: FakeRepository, pull: FakePullRequest, url: string) => {
  const template = recordedPull.body
  const fullName = `${repository.owner}/${repository.name}`
  const page = `${url}/${fullName}/pulls/${pull.number}`
  const isMerged = pull.state === "merged"
  return {
    ...template,
    id: pull.number + 1000,
    number: pull.number,
    url: page,
    html_url: page,
    title: pull.draft && !pull.title.startsWith("WIP:") ? `WIP: ${pull.title}` : pull.title,
    body: pull.body,
    state: openness(pull),
    merged: isMerged,
    merged_at: isMerged ? ended : null,
    merge_commit_sha: isMerged ? "f".repeat(40) : null,
    merged_by: isMerged ? user("kdev") : null,
    closed_at: openness(pull) === "closed" ? ended : null,
    head: {
      label: pull.branch,
      ref: pull.branchDeleted || pull.from === null ? `refs/pull/${pull.number}/head` : pull.branch,
      sha: pull.sha,
      repo_id: pull.from?.id ?? -1,
      repo:
        pull.from === null
          ? null
          : { ...template.head.repo, id: pull.from.id, full_name: `${pull.from.owner}/${pull.from.name}` },
    },
    base: {
      ...template.base,
      label: pull.base,
      ref: pull.base,
      repo_id: repository.id,
      repo: { ...template.base.repo, full_name: fullName },
    },
  }
}

const threadUrl = ({ owner, name }: FakeRepository, { isPull, number }: FakeThread, url: string) =>
  `${url}/${owner}/${name}/${isPull ? "pulls" : "issues"}/${number}`

export const issueOf = (repository: FakeRepository, thread: FakeThread, url: string) => {
  const state = repository.stateOf(thread)
  const merged = state === "merged"
  return {
    ...recordedIssue.body,
    number: thread.number,
    html_url: threadUrl(repository, thread, url),
    user: user(thread.author),
    title: thread.title,
    body: thread.body,
    labels: thread.labels.map((name, i) => ({ id: i + 1, name, color: "00aabb", description: "" })),
    state: state === "open" ? "open" : "closed",
    closed_at: state === "open" ? null : ended,
    comments: thread.comments.length,
    pull_request: thread.isPull ? { merged, merged_at: merged ? ended : null } : null,
  }
}

export const commentsOf = (repository: FakeRepository, thread: FakeThread, url: string) =>
  thread.comments.map(({ id, author, body }) => ({
    ...recordedComments.body[0]!,
    id,
    html_url: `${threadUrl(repository, thread, url)}#issuecomment-${id}`,
    user: user(author),
    body,
  }))

export const writersOf = (repository: FakeRepository) => [...repository.writers, ...repository.helpers].map(user)

const reviewWords = { approved: "APPROVED", changes: "REQUEST_CHANGES", comment: "COMMENT", dismissed: "APPROVED" }

/** A history: earlier words of a person stay in it, and are no longer official. */
export const codeCommentsOf = (repository: FakeRepository, pull: FakePullRequest, review: number, url: string) => {
  const found = pull.reviews.find(({ id }) => id === review)
  return (found?.onCode ?? []).map(({ body, id, line, path }) => ({
    id,
    body,
    user: user(found!.author),
    resolver: null,
    pull_request_review_id: review,
    created_at: ended,
    updated_at: ended,
    path,
    commit_id: pull.sha,
    original_commit_id: "",
    diff_hunk: "",
    position: line ?? 0,
    original_position: line === null ? 1 : 0,
    html_url: `${url}/${repository.owner}/${repository.name}/pulls/${pull.number}#issuecomment-${id}`,
    pull_request_url: `${url}/${repository.owner}/${repository.name}/pulls/${pull.number}`,
  }))
}

export const reviewsOf = (repository: FakeRepository, pull: FakePullRequest, url: string) => {
  const template = recordedReviews.body[0]!
  const isLast = (i: number) => !pull.reviews.slice(i + 1).some(({ author }) => author === pull.reviews[i]!.author)
  return [
    ...pull.reviews.map(({ id, author, body, onCode, word }, i) => ({
      ...template,
      id,
      user: user(author),
      body,
      comments_count: onCode.length,
      html_url: `${url}/${repository.owner}/${repository.name}/pulls/${pull.number}#issuecomment-${id}`,
      state: reviewWords[word],
      official: repository.writers.has(author) && word !== "comment" && isLast(i),
      dismissed: word === "dismissed",
    })),
    ...[...pull.asked].map((author, i) => ({
      ...template,
      id: 9000 + i,
      user: user(author),
      state: "REQUEST_REVIEW",
      official: true,
    })),
  ]
}

/** The worst first; "warning" hides "pending". */
const order = ["error", "failure", "warning", "pending", "success"]

export const statusOf = (pull: FakePullRequest) => {
  const statuses = [...new Map(pull.statuses.map((it) => [it.context, it])).values()]
  if (statuses.length === 0)
    return { state: "", sha: "", total_count: 0, statuses: null, repository: null, commit_url: "", url: "" }
  const worst = order.find((state) => statuses.some((it) => it.state === state)) ?? ""
  const template = recordedStatus.body
  return {
    ...template,
    state: worst === "error" ? "failure" : worst,
    sha: pull.sha,
    total_count: statuses.length,
    statuses: statuses.map(({ context, state }) => ({ ...template.statuses[0]!, context, status: state })),
  }
}
