import { expect } from "bun:test"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { layerFor, onEachForge, startForge } from "../kit/forges/eachForge.ts"
import { comment, issueAt, readIssue } from "../kit/forges/forgePullRequests.ts"

const pages = { github: "pull", gitlab: "-/merge_requests", gitea: "pulls" }
const issuePages = { github: "issues", gitlab: "-/issues", gitea: "issues" }
const anchors = { github: "issuecomment-", gitlab: "note_", gitea: "issuecomment-" }

onEachForge("an issue is read with its text, its labels and its comments, the oldest first", (fake, type) =>
  Effect.gen(function* () {
    const { repository, server, url } = fake
    repository.createPr("before")
    const number = repository.createIssue({
      title: "It crashes",
      body: "**How**\n",
      author: "ann",
      labels: ["bug", "p 1"],
    })
    const page = `${url}/kdev/demo/${issuePages[type]}/${number}`
    const bare = yield* readIssue(issueAt(server.host, number))
    expect(bare).toEqual({
      number,
      title: "It crashes",
      body: "**How**\n",
      author: "ann",
      mayWrite: false,
      url: page,
      state: "open",
      labels: ["bug", "p 1"],
      comments: [],
    })
    const ids = ["kdev", "reader", "kdev"].map((author, i) => repository.addComment(number, author, `word ${i}`))
    repository.closeIssue(number)
    const { comments, state } = yield* readIssue(issueAt(server.host, number))
    expect(state).toBe("closed")
    expect(comments.map(({ author, body, mayWrite, url }) => [author, body, mayWrite, url])).toEqual([
      ["kdev", "word 0", true, `${page}#${anchors[type]}${ids[0]}`],
      ["reader", "word 1", false, `${page}#${anchors[type]}${ids[1]}`],
      ["kdev", "word 2", true, `${page}#${anchors[type]}${ids[2]}`],
    ])
    for (const { created_at } of comments) expect(Date.parse(created_at)).toBeGreaterThan(0)
  }),
)

onEachForge("every page of the comments is read", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createIssue()
    for (let i = 0; i < 250; i++) repository.addComment(number, "kdev", `word ${i}`)
    const { comments } = yield* readIssue(issueAt(server.host, number))
    expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 250 }, (_, i) => `word ${i}`))
  }),
)

onEachForge("a comment is written as it is but for secrets, and its page is told", (fake, type) =>
  Effect.gen(function* () {
    const { repository, server, url } = fake
    const number = repository.createIssue()
    const text = 'Done: `a && b`\n\n> "quoted" – ünïcode 🙂\n'
    const made = yield* comment(issueAt(server.host, number), text)
    const [written] = repository.thread(number).comments
    expect(written?.body).toBe(text)
    yield* comment(issueAt(server.host, number), `It used ghp_${"a1".repeat(10)}.`)
    expect(repository.thread(number).comments[1]?.body).toBe("It used ***.")
    expect(made.url).toBe(`${url}/kdev/demo/${issuePages[type]}/${number}#${anchors[type]}${written?.id}`)
  }),
)

onEachForge(
  "a pull request's conversation is read and written by its own ref, and is no issue of that number",
  (fake, type) =>
    Effect.gen(function* () {
      const { repository, server, url } = fake
      const number = repository.createPr("fix/issue-4", { title: "A fix", body: "of it" })
      for (const identifier of [`pr-${number}`, `mr-${number}`]) {
        const ref = issueAt(server.host, identifier)
        yield* comment(ref, "thanks")
        const text = yield* readIssue(ref)
        const page = `${url}/kdev/demo/${pages[type]}/${number}`
        expect(text).toMatchObject({ number, title: "A fix", body: "of it", url: page, state: "open" })
        expect(text.comments.at(-1)?.url).toStartWith(`${page}#`)
      }
      expect(repository.thread(number).comments.length).toBe(2)
      const issue = repository.createIssue()
      for (const wrong of [issueAt(server.host, `pr-${issue}`), issueAt(server.host, 99)]) {
        const error: ForgeUnknown = yield* Effect.flip(readIssue(wrong))
        expect(error.reason).toBe("not_found")
      }
    }),
)

onEachForge("a ref without a number has no issue at the forge, and nobody is asked", ({ server }) =>
  Effect.gen(function* () {
    for (const asked of [readIssue(issueAt(server.host, "-discuss")), comment(issueAt(server.host, "-discuss"), "x")]) {
      const error: ForgeUnknown = yield* Effect.flip(asked)
      expect([error.reason, error.detail.includes("#-discuss")]).toEqual(["not_found", true])
    }
    expect(server.requests).toEqual([])
  }),
)

onEachForge("a comment is sent once, and it is said when it may be there all the same", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createIssue()
    for (const fault of ["500", "reset", "cut body", "HTML", "empty body"] as const) {
      server.requests.length = 0
      server.spoilAfter = () => fault
      const error: ForgeUnknown = yield* Effect.flip(comment(issueAt(server.host, number), fault))
      expect(error.detail).toContain("may be done all the same")
      expect(server.requests.length).toBe(1)
    }
    expect(repository.thread(number).comments.length).toBe(5)
  }),
)

effectTest("GitLab: what it notes down by itself is no comment", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.gitlab
    const number = fake.repository.createIssue()
    fake.repository.addComment(number, "kdev", "changed the title", true)
    fake.repository.addComment(number, "ann", "I agree")
    const { comments } = yield* Effect.provide(readIssue(issueAt(fake.server.host, number)), layerFor("gitlab", fake))
    expect(comments.map(({ body }) => body)).toEqual(["I agree"])
  }),
)

effectTest("GitLab and Gitea: who may write is not known where the token may not see it", () =>
  Effect.gen(function* () {
    for (const [type, list] of [
      ["gitlab", "/members/all"],
      ["gitea", "/assignees"],
    ] as const) {
      const fake = yield* startForge[type]
      const number = fake.repository.createIssue()
      fake.repository.addComment(number, "kdev", "word")
      fake.server.beforeAnswer = ({ path }) => {
        if (path.endsWith(list)) fake.server.spoil("403", 1)
      }
      const { comments } = yield* Effect.provide(readIssue(issueAt(fake.server.host, number)), layerFor(type, fake))
      expect(comments.map(({ mayWrite }) => mayWrite)).toEqual([null])
    }
  }),
)

effectTest("GitHub: a deleted account has a name too", () =>
  Effect.gen(function* () {
    const fake = yield* startForge.github
    const number = fake.repository.createIssue()
    fake.repository.addComment(number, "", "word")
    const { comments } = yield* Effect.provide(readIssue(issueAt(fake.server.host, number)), layerFor("github", fake))
    expect(comments.map(({ author }) => author)).toEqual(["ghost"])
  }),
)
