import { describe, expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import type { FakeRepository } from "../kit/forges/fakeRepository.ts"

interface Recorded {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const recorded = (name: string): Recorded =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dir, "../fixtures/gitea", name), "utf8"))

type Shape = string | { readonly [key: string]: Shape } | ReadonlyArray<Shape>

/** Keys and types, but no values; of a list its first item. */
const shapeOf = (value: unknown): Shape => {
  if (value === null) return "null"
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== "object") return typeof value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, shapeOf(inner)]))
}

/** Where two shapes differ; a list without items says nothing of its items. */
const differences = (ours: Shape, theirs: Shape, at = ""): ReadonlyArray<string> => {
  if (Array.isArray(ours) && Array.isArray(theirs))
    return ours.length > 0 && theirs.length > 0 ? differences(ours[0]!, theirs[0]!, `${at}[]`) : []
  if (typeof ours === "object" && typeof theirs === "object" && Array.isArray(ours) === Array.isArray(theirs)) {
    const [a, b] = [ours as Record<string, Shape>, theirs as Record<string, Shape>]
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    return keys.flatMap((key) =>
      key in a && key in b ? differences(a[key]!, b[key]!, `${at}.${key}`) : [`${at}.${key} is in only one`],
    )
  }
  return ours === theirs ? [] : [`${at}: ${JSON.stringify(ours)} where ${JSON.stringify(theirs)} was recorded`]
}

interface Case {
  readonly file: string
  readonly of: (repository: FakeRepository) => string
  readonly send?: object
  readonly token?: string
}

const pull = (repository: FakeRepository, change: (number: number) => void = () => {}) => {
  const number = repository.createPr("feat/one")
  change(number)
  return `pulls/${number}`
}
const fromDeletedFork = (repository: FakeRepository) => {
  const fork = repository.fork("stranger")
  const number = repository.createPr("feat/one", { from: fork })
  repository.deleteFork(fork)
  return `pulls/${number}`
}
const statuses =
  (...states: ReadonlyArray<string>) =>
  (repository: FakeRepository) => {
    const path = pull(repository, (number) =>
      states.forEach((state, i) => repository.addStatus(number, state, `ci/${i}`)),
    )
    return `commits/${repository.find(Number(path.slice(6))).sha}/status`
  }

const cases: ReadonlyArray<Case> = [
  { file: "pr-open.json", of: (it) => pull(it) },
  { file: "pr-draft.json", of: (it) => pull(it, (number) => it.draft(number)) },
  { file: "pr-merged-squash-branch-deleted.json", of: (it) => pull(it, (number) => it.squash(number)) },
  { file: "pr-merged-merge.json", of: (it) => pull(it, (number) => it.merge(number)) },
  { file: "pr-closed.json", of: (it) => pull(it, (number) => it.close(number)) },
  { file: "pr-open-head-branch-deleted.json", of: (it) => pull(it, () => it.deleteBranch("feat/one")) },
  { file: "pr-from-deleted-fork.json", of: fromDeletedFork },
  { file: "list-all.json", of: (it) => `${fromDeletedFork(it).slice(0, 5)}?state=all` },
  { file: "list-all-limit2-page99.json", of: (it) => `${pull(it).slice(0, 5)}?state=all&limit=2&page=99` },
  { file: "issue-get.json", of: (it) => `issues/${it.createIssue()}` },
  { file: "issue-get-of-pr.json", of: (it) => `issues/${pull(it, (number) => it.merge(number)).slice(6)}` },
  {
    file: "comment-list.json",
    of: (it) => {
      const number = it.createIssue()
      it.addComment(number, "kdev", "hello")
      return `issues/${number}/comments`
    },
  },
  { file: "comment-create.json", of: (it) => `issues/${it.createIssue()}/comments`, send: { body: "hello" } },
  { file: "reviews-none.json", of: (it) => `${pull(it)}/reviews` },
  { file: "reviews-requested.json", of: (it) => `${pull(it, (number) => it.requestReview(number, "ann"))}/reviews` },
  {
    file: "reviews-changes.json",
    of: (it) => `${pull(it, (number) => it.addReview(number, "kdev", "changes"))}/reviews`,
  },
  {
    file: "reviews-approved.json",
    of: (it) => `${pull(it, (number) => it.addReview(number, "kdev", "approved"))}/reviews`,
  },
  { file: "status-none.json", of: statuses() },
  { file: "status-pending.json", of: statuses("pending", "success") },
  { file: "status-success.json", of: statuses("success", "success") },
  { file: "status-warning.json", of: statuses("warning", "success") },
  { file: "status-failure.json", of: statuses("failure", "warning") },
  { file: "status-error.json", of: statuses("error", "success") },
  { file: "err-404-pr.json", of: () => "pulls/99" },
  { file: "pr-get-of-issue-number.json", of: (it) => `pulls/${it.createIssue()}` },
  { file: "err-401-bad-token.json", of: (it) => pull(it), token: "wrong" },
  {
    file: "pr-duplicate-409.json",
    of: (it) => pull(it).slice(0, 5),
    send: { head: "feat/one", base: "main", title: "dup" },
  },
]

describe("the fake's answer has every key and type of the recorded one, and no other:", () => {
  for (const { file, of, send, token = "t" } of cases)
    effectTest(file, () =>
      Effect.gen(function* () {
        const { repository, url } = yield* fakeGitea({ token: "t" })
        const wanted = recorded(file)
        const reply = yield* Effect.promise(() =>
          fetch(`${url}/api/v1/repos/kdev/demo/${of(repository)}`, {
            headers: { authorization: `token ${token}` },
            ...(send !== undefined && { method: "POST", body: JSON.stringify(send) }),
          }),
        )
        const body: unknown = yield* Effect.promise(() => reply.json())
        expect(reply.status).toBe(wanted.status)
        expect(differences(shapeOf(body), shapeOf(wanted.body))).toEqual([])
        const state = (it: unknown) => (it as { readonly state?: unknown } | null)?.state
        expect(state(body)).toBe(state(wanted.body) as undefined)
        // of a list its length tells nothing; that it is counted does
        if ("x-total-count" in wanted.headers && Array.isArray(body))
          expect(reply.headers.get("x-total-count")).toMatch(/^\d+$/)
      }),
    )

  effectTest("a renamed repository", () =>
    Effect.gen(function* () {
      const { repository, url } = yield* fakeGitea({ token: "t" })
      repository.rename("kdev", "demo2")
      const reply = yield* Effect.promise(() =>
        fetch(`${url}/api/v1/repos/kdev/demo/pulls/2`, { headers: { authorization: "token t" }, redirect: "manual" }),
      )
      const { headers, status } = recorded("renamed-repo-redirect.json")
      expect(reply.status).toBe(status)
      expect(reply.headers.get("location")?.replace(/\?$/, "")).toBe(headers["location"]!)
    }),
  )
})
