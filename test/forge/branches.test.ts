import { expect, test } from "bun:test"
import { Effect } from "effect"

import { effectTest } from "../kit/effectTest.ts"
import { type FakeForgeServer, forgeToken, layerFor, onEachForge } from "../kit/forges/eachForge.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { fakeGitHub } from "../kit/forges/fakeGitHub.ts"
import { fakeGitLab } from "../kit/forges/fakeGitLab.ts"
import { byBranch, byNumber, refAt } from "../kit/forges/forgePullRequests.ts"

const branch = "fix/issue-4"

const stateOf = ({ server }: FakeForgeServer, of = branch) =>
  Effect.map(byBranch(refAt(server.host), of), (it) => it?.state ?? null)
const numberOf = ({ server }: FakeForgeServer, of = branch) =>
  Effect.map(byBranch(refAt(server.host), of), (it) => it?.number ?? null)

onEachForge("a pull request is found by its branch and followed from open to its end", (fake, type) =>
  Effect.gen(function* () {
    const { repository, url } = fake
    expect(yield* stateOf(fake)).toBe(null)
    repository.createPr("fix/issue-44")
    const first = repository.createPr(branch, { draft: true })
    expect(yield* stateOf(fake)).toBe("draft")
    repository.find(first).draft = false
    const page = { github: "pull", gitlab: "-/merge_requests", gitea: "pulls" }[type]
    expect(yield* byBranch(refAt(fake.server.host), branch)).toEqual({
      from_here: true,
      number: first,
      url: `${url}/kdev/demo/${page}/${first}`,
      state: "open",
      branch,
      head: repository.find(first).sha,
      title: `Work on ${branch}`,
      base: "main",
    })
    repository.close(first)
    expect(yield* stateOf(fake)).toBe("closed")
    repository.reopen(first)
    repository.merge(first)
    expect(yield* stateOf(fake)).toBe("merged")
  }),
)

onEachForge("a branch that is used again is decided by its open pull request, then by the newest", (fake) =>
  Effect.gen(function* () {
    const { repository } = fake
    const first = repository.createPr(branch)
    repository.merge(first)
    const second = repository.createPr(branch)
    expect(yield* numberOf(fake)).toBe(second)
    repository.close(second)
    expect(yield* stateOf(fake)).toBe("closed")
    repository.reopen(first)
    expect(yield* numberOf(fake)).toBe(first)
  }),
)

onEachForge("a fork's branch of the same name is not ours, before and after the fork is deleted", (fake) =>
  Effect.gen(function* () {
    const { repository } = fake
    const stranger = repository.fork("stranger")
    // an organisation may fork its own repository
    const sibling = repository.fork("kdev", "demo-fork")
    repository.createPr(branch, { from: stranger })
    repository.createPr(branch, { from: sibling })
    expect(yield* stateOf(fake)).toBe(null)
    const ours = repository.createPr(branch)
    repository.merge(ours)
    expect(yield* stateOf(fake)).toBe("merged")
    repository.deleteFork(stranger)
    repository.deleteFork(sibling)
    expect(yield* numberOf(fake)).toBe(ours)
  }),
)

onEachForge("a pull request is still found when its branch was deleted", (fake, type) =>
  Effect.gen(function* () {
    const { repository } = fake
    repository.merge(repository.createPr(branch))
    repository.createPr("fix/-discuss")
    repository.deleteBranch(branch)
    repository.deleteBranch("fix/-discuss")
    expect(yield* stateOf(fake)).toBe("merged")
    expect(yield* stateOf(fake, "fix/-discuss")).toBe(type === "github" ? "closed" : "open")
  }),
)

onEachForge("every page is read", (fake) =>
  Effect.gen(function* () {
    const { repository } = fake
    // on Gitea the others stand in the way, on GitHub and GitLab the branch's own
    for (let i = 0; i < 130; i++) repository.close(repository.createPr(i % 10 === 0 ? "other" : branch))
    const last = repository.createPr(branch)
    repository.merge(last)
    for (let i = 0; i < 130; i++) repository.close(repository.createPr("another"))
    expect(yield* byBranch(refAt(fake.server.host), branch)).toMatchObject({ number: last, state: "merged" })
    expect(yield* stateOf(fake, "fix/issue-5")).toBe(null)
  }),
)

onEachForge("a whole page without a next one is a whole list", (fake) =>
  Effect.gen(function* () {
    for (let i = 0; i < 100; i++) fake.repository.close(fake.repository.createPr(branch))
    expect(yield* numberOf(fake)).toBe(100)
  }),
)

onEachForge("an empty repository has none", (fake) => Effect.map(stateOf(fake), (state) => expect(state).toBe(null)))

onEachForge("a renamed repository is found under its former name, whoever owns it now", (fake) =>
  Effect.gen(function* () {
    const { repository } = fake
    const ours = repository.createPr(branch)
    repository.createPr(branch, { from: repository.fork("stranger") })
    repository.rename("kdev", "demo2")
    expect(yield* numberOf(fake)).toBe(ours)
    repository.rename("new-owner", "demo2")
    repository.close(ours)
    expect(yield* byBranch(refAt(fake.server.host), branch)).toMatchObject({ number: ours, state: "closed" })
    expect(yield* byNumber(refAt(fake.server.host), ours)).toMatchObject({ state: "closed" })
  }),
)

onEachForge("owner and repository are found in any case", (fake) =>
  Effect.gen(function* () {
    const ours = fake.repository.createPr(branch)
    const found = yield* byBranch(refAt(fake.server.host, "KDev", "DEMO"), branch)
    expect(found?.number).toBe(ours)
  }),
)

onEachForge("a pull request is found by its number, and a number that is none is not found", (fake) =>
  Effect.gen(function* () {
    const { repository, server } = fake
    const number = repository.createPr(branch, { from: repository.fork("stranger") })
    expect(yield* byNumber(refAt(server.host), number)).toMatchObject({ number, state: "open", branch })
    repository.merge(number)
    expect(yield* byNumber(refAt(server.host), number)).toMatchObject({ state: "merged" })
    const issue = repository.createIssue()
    const error = yield* Effect.flip(byNumber(refAt(server.host), issue))
    expect(error.reason).toBe("not_found")
  }),
)

onEachForge("names with unusual letters reach the forge as they are", (fake) =>
  Effect.gen(function* () {
    const odd = "fix/-discuss+ü&state=open#%2F"
    const number = fake.repository.createPr(odd)
    fake.repository.merge(number)
    expect(yield* byBranch(refAt(fake.server.host), odd)).toMatchObject({ number, branch: odd, state: "merged" })
  }),
)

onEachForge("the question is exact where the forge knows how, and the oldest come first", (fake, type) =>
  Effect.gen(function* () {
    yield* byBranch(refAt(fake.server.host), branch)
    const { path, query, headers } = fake.server.requests.findLast((it) => it.query.has("state"))!
    expect(headers.authorization).toBe(`${type === "gitea" ? "token" : "Bearer"} ${forgeToken}`)
    expect([path, Object.fromEntries(query)]).toEqual(
      {
        github: [
          "/api/v3/repos/kdev/demo/pulls",
          { head: `kdev:${branch}`, state: "all", sort: "created", direction: "asc", per_page: "100", page: "1" },
        ],
        gitlab: [
          "/api/v4/projects/kdev%2Fdemo/merge_requests",
          {
            source_branch: branch,
            state: "all",
            scope: "all",
            order_by: "created_at",
            sort: "asc",
            per_page: "100",
            page: "1",
          },
        ],
        gitea: ["/api/v1/repos/kdev/demo/pulls", { state: "all", sort: "oldest", limit: "50", page: "1" }],
      }[type] as [string, Record<string, string>],
    )
  }),
)

effectTest("GitLab: a merge request that is being merged is open, and groups may be nested", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitLab({ token: forgeToken, subPath: "/lab" })
    fake.repository.rename("group/sub", "demo")
    fake.repository.beginMerge(fake.repository.createPr(branch))
    const found = yield* byBranch(refAt(fake.server.host, "group/sub"), branch).pipe(
      Effect.provide(layerFor("gitlab", fake)),
    )
    expect(found?.state).toBe("open")
  }),
)

effectTest("GitLab: the words of old servers are understood", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitLab({ token: forgeToken, old: true })
    fake.repository.createPr(branch, { draft: true })
    fake.repository.createPr("fix/issue-5")
    yield* Effect.gen(function* () {
      expect(yield* stateOf(fake)).toBe("draft")
      expect(yield* stateOf(fake, "fix/issue-5")).toBe("open")
    }).pipe(Effect.provide(layerFor("gitlab", fake)))
  }),
)

effectTest("Gitea: a server under a sub-path that gives few a page is read whole", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitea({ token: forgeToken, subPath: "/git", maxPerPage: 3 })
    for (let i = 0; i < 10; i++) fake.repository.close(fake.repository.createPr(`fix/issue-${i}`))
    const found = yield* byBranch(refAt(fake.server.host), "fix/issue-9").pipe(Effect.provide(layerFor("gitea", fake)))
    expect(found).toMatchObject({ number: 10, state: "closed", url: `${fake.url}/kdev/demo/pulls/10` })
  }),
)

effectTest("Gitea: an open pull request is found without reading the closed ones", () =>
  Effect.gen(function* () {
    const fake = yield* fakeGitea({ token: forgeToken })
    for (let i = 0; i < 200; i++) fake.repository.close(fake.repository.createPr(branch))
    const open = fake.repository.createPr(branch)
    expect(yield* Effect.provide(numberOf(fake), layerFor("gitea", fake))).toBe(open)
    expect(fake.server.requests.length).toBe(1)
  }),
)

test("GitHub: the fake tells a request and an answer that are not as described", async () => {
  const violations = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const fake = yield* fakeGitHub({ token: forgeToken })
        fake.repository.createPr(branch)
        Object.assign(fake.repository.find(1), { title: 7 })
        yield* Effect.promise(() =>
          fetch(`${fake.url}/api/v3/repos/kdev/demo/pulls?state=bogus&brnch=x`, {
            headers: { authorization: `Bearer ${forgeToken}`, accept: "application/json" },
          }),
        )
        yield* Effect.promise(() =>
          fetch(`${fake.url}/api/v3/repos/kdev/demo/pulls/1`, {
            headers: { authorization: `Bearer ${forgeToken}`, accept: "application/json" },
          }),
        )
        return fake.violations
      }),
    ),
  )
  expect(violations.join("\n")).toContain("state=bogus")
  expect(violations.join("\n")).toContain("brnch")
  expect(violations.join("\n")).toContain("title must be string")
})
