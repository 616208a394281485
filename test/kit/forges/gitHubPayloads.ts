import type { FakePullRequest, FakeStatus, FakeThread, Fork } from "./fakeRecords.ts"
import type { FakeRepository } from "./fakeRepository.ts"
import { complete } from "./githubDescription.ts"

const at = "2026-11-20T04:48:36Z"

const user = (login: string) => complete("simple-user", { login })

export const ownerOf = (repository: FakeRepository, pull: FakePullRequest) =>
  pull.from?.id === repository.id ? repository.owner : pull.fromOwner

export const repositoryOf = (
  schema: "repository" | "full-repository" | "minimal-repository",
  { id, owner, name }: Fork,
) => complete(schema, { id, name, full_name: `${owner}/${name}`, owner: user(owner) })

/** With what its asker may do. */
export const wholeRepository = (repository: FakeRepository) => ({
  ...(repositoryOf("full-repository", repository) as object),
  permissions: { admin: false, maintain: false, push: repository.writers.has("kdev"), triage: true, pull: true },
})

const fieldsOf = (repository: FakeRepository, pull: FakePullRequest, origin: string) => {
  const ended = pull.state === "open" ? null : at
  return {
    id: pull.number + 5000,
    number: pull.number,
    html_url: `${origin}/${repository.owner}/${repository.name}/pull/${pull.number}`,
    state: pull.state === "open" ? "open" : "closed",
    title: pull.title,
    body: pull.body,
    locked: true,
    draft: pull.draft,
    closed_at: ended,
    merged_at: pull.state === "merged" ? ended : null,
    // while it is open: a merge that GitHub made to try it
    merge_commit_sha: "f".repeat(40),
    requested_reviewers: [...pull.asked].map(user),
    head: {
      label: `${ownerOf(repository, pull)}:${pull.branch}`,
      ref: pull.branch,
      sha: pull.sha,
      user: user(ownerOf(repository, pull)),
      repo: pull.from === null ? null : repositoryOf("repository", pull.from),
    },
    base: {
      label: `${repository.owner}:${pull.base}`,
      ref: pull.base,
      sha: "e".repeat(40),
      user: user(repository.owner),
      repo: repositoryOf("repository", repository),
    },
  }
}

/** Items of lists have no `merged`. */
export const listedPull = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  complete("pull-request-simple", fieldsOf(repository, pull, origin))

export const singlePull = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  complete("pull-request", { ...fieldsOf(repository, pull, origin), merged: pull.state === "merged" })

const associationOf = (repository: FakeRepository, author: string) =>
  author === repository.owner
    ? "OWNER"
    : repository.writers.has(author) || repository.helpers.has(author)
      ? "COLLABORATOR"
      : "CONTRIBUTOR"

/** Everybody may read what is public. */
export const permissionOf = (repository: FakeRepository, login: string) => {
  const permission = repository.writers.has(login) ? "write" : "read"
  return complete("repository-collaborator-permission", { permission, role_name: permission })
}

const threadUrl = ({ owner, name }: FakeRepository, thread: FakeThread, origin: string) =>
  `${origin}/${owner}/${name}/${thread.isPull ? "pull" : "issues"}/${thread.number}`

export const issueOf = (repository: FakeRepository, thread: FakeThread, origin: string) =>
  complete("issue", {
    number: thread.number,
    title: thread.title,
    body: thread.body === "" ? null : thread.body,
    user: user(thread.author),
    html_url: threadUrl(repository, thread, origin),
    state: repository.stateOf(thread) === "open" ? "open" : "closed",
    labels: thread.labels.map((name) => ({ name })),
    author_association: associationOf(repository, thread.author),
    comments: thread.comments.length,
    ...(thread.isPull && {
      pull_request: { url: "https://h/p", html_url: "https://h/p", diff_url: "https://h/p", patch_url: "https://h/p" },
    }),
  })

export const commentsOf = (repository: FakeRepository, thread: FakeThread, origin: string) =>
  thread.comments.map(({ id, author, body }) =>
    complete("issue-comment", {
      id,
      // the account was deleted
      user: author === "" ? null : user(author),
      body,
      html_url: `${threadUrl(repository, thread, origin)}#issuecomment-${id}`,
      created_at: at,
      author_association: associationOf(repository, author),
    }),
  )

const reviewWords = { approved: "APPROVED", changes: "CHANGES_REQUESTED", comment: "COMMENTED", dismissed: "DISMISSED" }

const pullUrl = ({ owner, name }: FakeRepository, { number }: FakePullRequest, origin: string) =>
  `${origin}/${owner}/${name}/pull/${number}`

export const codeCommentsOf = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  pull.reviews.flatMap((review) =>
    review.onCode.map(({ body, id, line, path }) =>
      complete("pull-request-review-comment", {
        id,
        pull_request_review_id: review.id,
        user: user(review.author),
        body,
        path,
        ...(line !== null && { line }),
        created_at: at,
        html_url: `${pullUrl(repository, pull, origin)}#discussion_r${id}`,
        author_association: associationOf(repository, review.author),
      }),
    ),
  )

export const reviewsOf = (repository: FakeRepository, pull: FakePullRequest, origin: string) =>
  pull.reviews.map(({ id, author, body, word }) =>
    complete("pull-request-review", {
      id,
      user: user(author),
      body,
      submitted_at: at,
      html_url: `${pullUrl(repository, pull, origin)}#pullrequestreview-${id}`,
      state: reviewWords[word],
      commit_id: pull.sha,
      author_association: associationOf(repository, author),
    }),
  )

const isRun = ({ conclusion }: FakeStatus) => conclusion !== undefined

/** "pending" also where there is none. */
export const combinedStatus = (repository: FakeRepository, pull: FakePullRequest) => {
  const statuses = [...new Map(pull.statuses.filter((it) => !isRun(it)).map((it) => [it.context, it])).values()]
  const states = statuses.map(({ state }) => state)
  const isFailed = states.some((state) => state === "failure" || state === "error")
  const isPassed = states.length > 0 && states.every((state) => state === "success")
  return complete("combined-commit-status", {
    state: isFailed ? "failure" : isPassed ? "success" : "pending",
    sha: pull.sha,
    total_count: statuses.length,
    statuses: statuses.map(({ context, state }) => complete("simple-commit-status", { context, state })),
    repository: repositoryOf("minimal-repository", repository),
  })
}

export const checkRuns = (pull: FakePullRequest) =>
  pull.statuses.filter(isRun).map(({ context, state, conclusion }, i) =>
    complete("check-run", {
      id: i + 1,
      name: context,
      head_sha: pull.sha,
      status: state,
      conclusion,
    }),
  )
