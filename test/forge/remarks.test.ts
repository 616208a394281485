import { expect } from "bun:test"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { inOrder, type ReviewRemark } from "@kugetsu/core/domain/ReviewRemark"
import { readIssue } from "@kugetsu/core/readIssue"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { layerFor, onEachForge, startForge } from "../kit/forges/eachForge.ts"
import { issueAt, readIssue as textOf, refAt, remarksOn } from "../kit/forges/forgePullRequests.ts"

const told = ({ at, author, body, mayWrite, verdict }: ReviewRemark) => [author, mayWrite, verdict, at, body]

onEachForge("reviews, comments on the code and the conversation are read, with who may write", (fake, type) =>
  Effect.gen(function* () {
    const { repository, server, url } = fake
    const number = repository.createPr("fix/issue-4")
    repository.addComment(number, "reader", "In the conversation.")
    repository.addReview(number, "kdev", "changes", {
      body: "Not like this.",
      onCode: [
        { path: "src/form.ts", line: 12, body: "Why?" },
        { path: "src/old.ts", line: null, body: "Gone." },
      ],
    })
    repository.addReview(number, "reader", "approved")
    const remarks = yield* remarksOn(refAt(server.host), number)
    const verdict = (it: ReviewRemark["verdict"]) => (type === "gitlab" ? null : it)
    const wanted = [
      ["reader", false, null, null, "In the conversation."],
      ["kdev", true, verdict("changes_requested"), null, "Not like this."],
      ["kdev", true, null, { path: "src/form.ts", line: 12 }, "Why?"],
      ["kdev", true, null, { path: "src/old.ts", line: null }, "Gone."],
      ["reader", false, "approved", null, ""],
    ]
    const sorted = (them: ReadonlyArray<unknown>) => them.map((it) => JSON.stringify(it)).sort()
    expect(sorted(remarks.map(told))).toEqual(sorted(wanted))
    for (const { url: page } of remarks) expect(page).toStartWith(`${url}/kdev/demo/`)
  }),
)

onEachForge("every page of a pull request's reviews is read", ({ repository, server }, type) =>
  Effect.gen(function* () {
    const number = repository.createPr("fix/issue-4")
    for (let i = 0; i < 120; i++) repository.addReview(number, "kdev", "comment", { body: `word ${i}` })
    const remarks = yield* remarksOn(refAt(server.host), number)
    expect(remarks).toHaveLength(120)
    expect(server.requests.length).toBeLessThanOrEqual(type === "gitea" ? 7 : 5)
  }),
)

onEachForge(
  "an issue and its reviews are read for an agent in few calls; a pull request's own talk is told once",
  (fake) =>
    Effect.gen(function* () {
      const { repository, server } = fake
      const number = repository.createPr("fix/issue-4", { title: "A fix" })
      repository.addComment(number, "kdev", "In the conversation.")
      const own = yield* readIssue(issueAt(server.host, `pr-${number}`), number)
      expect([own.issue?.title, own.issue?.comments, own.remarks?.map(told), own.unread]).toEqual([
        "A fix",
        [],
        [["kdev", true, null, null, "In the conversation."]],
        [],
      ])
      const issue = repository.createIssue({ title: "It crashes" })
      repository.addComment(issue, "kdev", "word")
      server.requests.length = 0
      const { issue: text, remarks, unread } = yield* readIssue(issueAt(server.host, issue), number)
      expect([text?.comments.length, remarks?.length, unread]).toEqual([1, 1, []])
      expect(server.requests.length).toBeLessThanOrEqual(9)
      expect((yield* readIssue(issueAt(server.host, issue), null)).remarks).toBeNull()
    }),
)

onEachForge("what a forge does not tell is told as such, and the rest is read", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createPr("fix/issue-4")
    const reading = yield* readIssue(issueAt(server.host, 99), number)
    expect([reading.issue, reading.remarks, reading.unread.length]).toEqual([null, [], 1])
    expect(reading.unread[0]).toStartWith("the issue could not be read: ")
    server.requests.length = 0
    server.spoil("401", 20)
    const both = yield* readIssue(issueAt(server.host, 99), number)
    expect([both.issue, both.remarks, both.unread.length]).toEqual([null, null, 2])
  }),
)

onEachForge("an issue without a number has no page, and nobody is asked", ({ server }) =>
  Effect.gen(function* () {
    expect(yield* readIssue(issueAt(server.host, "-discuss"), null)).toEqual({ issue: null, remarks: null, unread: [] })
    expect(server.requests).toEqual([])
  }),
)

effectTest("a conversation without end is asked for only so often", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.github
    const number = fake.repository.createIssue()
    for (let i = 0; i < 4500; i++) fake.repository.addComment(number, "kdev", "word")
    const { issue, unread } = yield* Effect.provide(
      readIssue(issueAt(fake.server.host, number), null),
      layerFor("github", fake),
    )
    expect([issue, fake.server.requests.length]).toEqual([null, 40])
    expect(unread[0]).toContain("as often as it may be")
  }),
)

effectTest("GitHub: of members and collaborators it is asked who may write, of the others it is known", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.github
    fake.repository.helpers.add("ann").add("ben")
    fake.repository.writers.add("cem")
    const number = fake.repository.createIssue({ author: "ann" })
    for (const author of ["ann", "kdev", "eve", "cem", "ben"]) fake.repository.addComment(number, author, "word")
    const read = Effect.provide(textOf(issueAt(fake.server.host, number)), layerFor("github", fake))
    const accessIn = Effect.map(read, ({ comments, mayWrite }) => [mayWrite, ...comments.map((it) => it.mayWrite)])
    expect(yield* accessIn).toEqual([false, false, true, false, true, false])
    expect(fake.server.requests.filter(({ path }) => path.endsWith("/permission"))).toHaveLength(3)
    const spoilt = (fault: "403" | "404") => {
      fake.server.requests.length = 0
      fake.server.beforeAnswer = ({ path }) => {
        if (path.endsWith("/permission")) fake.server.spoil(fault, 1)
      }
    }
    // who is not told of one is told of none
    spoilt("403")
    expect(yield* accessIn).toEqual([null, null, true, false, null, null])
    expect(fake.server.requests).toHaveLength(3)
    // an account that is none, such as a bot's, says nothing of the next
    spoilt("404")
    expect(yield* accessIn).toEqual([null, null, true, false, null, null])
    expect(fake.server.requests).toHaveLength(5)
  }),
)

effectTest("GitHub: only so many people are asked about, those who spoke last", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.github
    const number = fake.repository.createIssue()
    for (let i = 0; i < 15; i++) {
      fake.repository.writers.add(`p${i}`)
      fake.repository.addComment(number, `p${i}`, "word")
    }
    const { comments } = yield* Effect.provide(textOf(issueAt(fake.server.host, number)), layerFor("github", fake))
    expect(comments.map(({ mayWrite }) => mayWrite)).toEqual(
      Array.from({ length: 15 }, (_, i) => (i < 5 ? null : true)),
    )
    expect(fake.server.requests).toHaveLength(12)
  }),
)

effectTest("Gitea: who may be given an issue and may not write has no write access", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.gitea
    fake.repository.helpers.add("ann")
    const number = fake.repository.createIssue({ author: "ann" })
    for (const author of ["ann", "kdev", "eve"]) fake.repository.addComment(number, author, "word")
    const read = Effect.provide(textOf(issueAt(fake.server.host, number)), layerFor("gitea", fake))
    const accessIn = Effect.map(read, ({ comments, mayWrite }) => [mayWrite, ...comments.map((it) => it.mayWrite)])
    expect(yield* accessIn).toEqual([false, false, true, false])
    fake.server.beforeAnswer = ({ path }) => {
      if (path.endsWith("/permission")) fake.server.spoil("403", 1)
    }
    fake.server.requests.length = 0
    expect(yield* accessIn).toEqual([null, null, null, false])
    // who is not told of one is told of none
    expect(fake.server.requests).toHaveLength(4)
  }),
)

effectTest("Gitea: only so many people are asked about, those who spoke last", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.gitea
    const number = fake.repository.createIssue({ author: "p0" })
    for (let i = 0; i < 15; i++) {
      fake.repository.writers.add(`p${i}`)
      fake.repository.addComment(number, `p${i}`, "word")
    }
    const { comments } = yield* Effect.provide(textOf(issueAt(fake.server.host, number)), layerFor("gitea", fake))
    expect(comments.map(({ mayWrite }) => mayWrite)).toEqual(
      Array.from({ length: 15 }, (_, i) => (i < 5 ? null : true)),
    )
    expect(fake.server.requests).toHaveLength(13)
  }),
)

const unseen: ReadonlyArray<readonly [type: ForgeType, list: string]> = [
  ["gitlab", "/members/all"],
  ["gitea", "/assignees"],
]
for (const [type, list] of unseen) {
  effectTest(`${type}: of reviewers it is not known who may write where the token may not see it`, () =>
    Effect.gen(function* () {
      const fake = yield* startForge[type]
      const number = fake.repository.createPr("fix/issue-4")
      fake.repository.addReview(number, "kdev", "comment", { body: "word" })
      fake.server.beforeAnswer = ({ path }) => {
        if (path.endsWith(list)) fake.server.spoil("403", 1)
      }
      const remarks = yield* Effect.provide(remarksOn(refAt(fake.server.host), number), layerFor(type, fake))
      expect(remarks.map(({ mayWrite }) => mayWrite)).toEqual([null])
    }),
  )
}

effectTest("remarks are put in the order of their times, without reviews that say nothing", () =>
  Effect.sync(() => {
    const remark = (body: string, created_at: string | null, more: Partial<ReviewRemark> = {}): ReviewRemark => ({
      author: "ann",
      mayWrite: true,
      verdict: null,
      at: null,
      body,
      created_at,
      url: "",
      ...more,
    })
    const ordered = inOrder([
      remark("c", "2026-11-20T06:30:00+00:00"),
      remark("b", "2026-11-20T07:00:00+02:00"),
      remark("", "2026-11-20T06:00:00Z", { verdict: "commented" }),
      remark("", "2026-11-20T07:00:00Z", { verdict: "approved" }),
      remark("a", null),
    ])
    expect(ordered.map(({ body }) => body)).toEqual(["a", "b", "c", ""])
  }),
)
