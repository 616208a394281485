import { expect } from "bun:test"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { forgeTypes, layerFor, onEachForge, startForge } from "../kit/forges/eachForge.ts"
import { fakeGitHub } from "../kit/forges/fakeGitHub.ts"
import { byBranch, create, refAt } from "../kit/forges/forgePullRequests.ts"

const branch = "fix/issue-4"
const posts = (requests: ReadonlyArray<{ readonly method: string }>) => requests.filter((it) => it.method === "POST")

onEachForge("a pull request is opened with its title, text, base and branch", ({ repository, server }) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    const made = yield* create(ref, { branch, base: "next", title: 'Fix "it" & ünïcode', body: "Closes #4\n\n`x`" })
    expect(made).toMatchObject({ number: 1, state: "open", branch, base: "next", title: 'Fix "it" & ünïcode' })
    expect(repository.pulls).toMatchObject([
      { branch, base: "next", title: 'Fix "it" & ünïcode', body: "Closes #4\n\n`x`", draft: false },
    ])
    expect(yield* byBranch(ref, branch)).toEqual(made)
  }),
)

onEachForge("a draft is one to the forge too", ({ repository, server }) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    expect((yield* create(ref, { branch, draft: true })).state).toBe("draft")
    expect(repository.find(1).draft).toBe(true)
    expect((yield* byBranch(ref, branch))?.state).toBe("draft")
  }),
)

onEachForge("a second call gives the one that is there, and sends nothing", ({ repository, server }) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    repository.createPr(branch)
    const first = yield* create(ref, { branch, title: "Another title" })
    expect(first).toMatchObject({ number: 1, title: `Work on ${branch}` })
    expect(yield* create(ref, { branch, base: "next", draft: true })).toEqual(first)
    expect(posts(server.requests)).toEqual([])
    expect(repository.pulls.length).toBe(1)
  }),
)

onEachForge(
  "after the old one was merged or closed, and beside a fork's, a new one is opened",
  ({ repository, server }) =>
    Effect.gen(function* () {
      const ref = refAt(server.host)
      repository.merge(repository.createPr(branch))
      repository.createPr(branch, { from: repository.fork("stranger") })
      expect((yield* create(ref, { branch })).number).toBe(3)
      repository.close(3)
      expect((yield* create(ref, { branch })).number).toBe(4)
    }),
)

onEachForge("what the forge will not open is told in its own words", ({ repository, server }, type) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    repository.withoutCommits.add("empty")
    const error = yield* Effect.flip(create(ref, { branch: "empty" }))
    expect(error).toMatchObject({
      _tag: "PullRequestRefused",
      host: server.host,
      repository: "kdev/demo",
      branch: "empty",
    })
    const words = { github: "No commits between main and empty", gitlab: "does not exist", gitea: "no changes between" }
    expect(error.message).toContain(words[type])
    expect(posts(server.requests).length).toBe(1)
  }),
)

onEachForge("who was faster has opened it for both", ({ repository, server }) =>
  Effect.gen(function* () {
    server.beforeAnswer = ({ method }) => {
      if (method === "POST") repository.createPr(branch, { title: "The other one" })
    }
    const found = yield* create(refAt(server.host), { branch })
    expect(found).toMatchObject({ number: 1, title: "The other one" })
    expect(repository.pulls.length).toBe(1)
  }),
)

for (const type of forgeTypes)
  for (const fault of [
    "500",
    "reset",
    "cut body",
    "empty body",
    "HTML",
    "invalid JSON",
    "null",
    "hang in body",
  ] as const)
    effectTest(`${type}: what was opened though its answer was lost ("${fault}") is found and not opened twice`, () =>
      Effect.gen(function* () {
        const fake = yield* startForge[type]
        const { repository, server } = fake
        server.spoilAfter = ({ method }) => (method === "POST" ? fault : null)
        const found = yield* create(refAt(server.host), { branch }).pipe(
          Effect.provide(layerFor(type, fake, fault === "hang in body" ? { answerMs: 300 } : {})),
        )
        expect(found.number).toBe(1)
        expect(posts(server.requests).length).toBe(1)
        expect(repository.pulls.length).toBe(1)
      }),
    )

onEachForge("what did not arrive is not sent again by itself", ({ repository, server }) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    for (const fault of ["500", "503 HTML", "reset"] as const) {
      server.requests.length = 0
      server.beforeAnswer = ({ method }) => {
        if (method === "POST") server.spoil(fault, 1)
      }
      const error = yield* Effect.flip(create(ref, { branch }))
      expect(error).toMatchObject({ _tag: "ForgeUnknown", reason: "unavailable" })
      expect(error.message).toContain("may be done all the same")
      expect(posts(server.requests).length).toBe(1)
    }
    expect(repository.pulls).toEqual([])
  }),
)

onEachForge("a forge that wants it sent a moment later gets it then", ({ repository, server }) =>
  Effect.gen(function* () {
    let times = 2
    server.beforeAnswer = ({ method }) => {
      if (method === "POST" && times-- > 0) server.spoil("429 soon", 1)
    }
    expect((yield* create(refAt(server.host), { branch })).number).toBe(1)
    expect(posts(server.requests).length).toBe(3)
    expect(repository.pulls.length).toBe(1)
  }),
)

effectTest("GitHub and Gitea: a renamed repository gets it under its new name", () =>
  Effect.gen(function* () {
    for (const type of ["github", "gitea"] as const) {
      const fake = yield* startForge[type]
      fake.repository.rename("kdev", "renamed")
      const made = yield* Effect.provide(create(refAt(fake.server.host), { branch }), layerFor(type, fake))
      expect(made.url).toContain("/kdev/renamed/")
      expect(fake.repository.pulls.length).toBe(1)
    }
  }),
)

effectTest("the check of what is sent to GitHub notices what is not described", () =>
  Effect.gen(function* () {
    const { server, url, violations } = yield* fakeGitHub({ token: "t" })
    const post = (body: object) =>
      Effect.promise(() =>
        fetch(`${url}/api/v3/repos/kdev/demo/pulls`, {
          method: "POST",
          headers: { authorization: "Bearer t", accept: "application/json" },
          body: JSON.stringify(body),
        }),
      )
    yield* post({ head: "a", base: "main", title: "t" })
    expect(violations).toEqual([])
    yield* post({ head: "b", title: "t" })
    expect(violations.splice(0).join()).toContain("base")
    yield* post({ head: "c", base: "main", title: "t", drafty: true })
    expect(violations.join()).toContain("additional properties")
    expect(server.requests.length).toBe(3)
  }),
)
