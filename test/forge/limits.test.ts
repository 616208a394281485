import { describe, expect } from "bun:test"
import { Allowance, ForgeAllowance } from "@kugetsu/core/ForgeAllowance"
import type { Issues } from "@kugetsu/core/Issues"
import { type ForgeUnknown, type PullRequestRefused, PullRequests } from "@kugetsu/core/PullRequests"
import { RateBudget } from "@kugetsu/forge/RateBudget"
import { TransportFailure } from "@kugetsu/forge/TransportFailure"
import { Effect, Result } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { forgeToken, onEachForge, startForge } from "../kit/forges/eachForge.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import {
  byBranch,
  byNumber,
  checksOf,
  comment,
  create,
  deciding,
  forgePullRequests,
  issueAt,
  readIssue,
  refAt,
} from "../kit/forges/forgePullRequests.ts"

const branch = "fix/issue-4"

onEachForge('after "not before" nobody in this process asks that host, whatever is wanted', ({ repository, server }) =>
  Effect.gen(function* () {
    const ref = refAt(server.host)
    repository.merge(repository.createPr(branch))
    server.spoil("429 late", 1)
    const first: ForgeUnknown = yield* Effect.flip(byBranch(ref, branch))
    server.requests.length = 0
    const questions: ReadonlyArray<Effect.Effect<unknown, ForgeUnknown | PullRequestRefused, PullRequests | Issues>> = [
      byBranch(ref, branch),
      byNumber(ref, 1),
      deciding(ref, { number: 1, branch }),
      create(ref, { branch }),
      checksOf(ref, 1),
      readIssue(issueAt(server.host, 1)),
      comment(issueAt(server.host, 1), "text"),
    ]
    for (const asked of questions) {
      const later = yield* Effect.flip(asked)
      if (later._tag !== "ForgeUnknown") throw later
      expect([later.reason, later.until]).toEqual(["rate_limited", first.until])
      expect(later.detail).toContain(first.until!)
    }
    expect(server.requests).toEqual([])
  }),
)

effectTest("another host is asked all the same, and another process knows nothing of it", () =>
  Effect.gen(function* () {
    const [one, other] = [yield* fakeGitea({ token: forgeToken }), yield* fakeGitea({ token: forgeToken })]
    const setting = {
      servers: [one, other].map(({ url }) => ({ url, type: "gitea" as const })),
      environment: { GITEA_TOKEN: forgeToken },
    }
    one.server.spoil("429 late", 1)
    yield* Effect.gen(function* () {
      yield* Effect.flip(byBranch(refAt(one.server.host), branch))
      expect(yield* byBranch(refAt(other.server.host), branch)).toBe(null)
    }).pipe(Effect.provide(forgePullRequests(setting)))
    expect(yield* byBranch(refAt(one.server.host), branch).pipe(Effect.provide(forgePullRequests(setting)))).toBe(null)
  }),
)

onEachForge("questions that are asked together do not go on after the first that was refused", ({ server }) =>
  Effect.gen(function* () {
    server.spoil("429 late")
    const ask = Effect.result(byBranch(refAt(server.host), branch))
    yield* ask
    server.requests.length = 0
    const answers = yield* Effect.all(
      Array.from({ length: 20 }, () => ask),
      { concurrency: "unbounded" },
    )
    expect(answers.every(Result.isFailure)).toBe(true)
    expect(server.requests).toEqual([])
  }),
)

onEachForge("whoever has an allowance of calls makes no more", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createPr(branch)
    repository.merge(number)
    const allowance = new Allowance({ calls: 3 })
    const ask = deciding(refAt(server.host), { number, branch }).pipe(
      Effect.provideService(ForgeAllowance, allowance),
      Effect.result,
    )
    expect(Result.isSuccess(yield* ask)).toBe(true)
    const cut = yield* ask
    expect(Result.isFailure(cut) && cut.failure.reason).toBe("unavailable")
    expect([server.requests.length, allowance.isSpent]).toEqual([3, true])
  }),
)

onEachForge("whoever has an allowance of time waits no longer for all questions together", ({ server }) =>
  Effect.gen(function* () {
    server.spoil("hang")
    const allowance = new Allowance({ ms: 60 })
    const ask = byBranch(refAt(server.host), branch).pipe(Effect.provideService(ForgeAllowance, allowance), Effect.flip)
    const [first, second] = [yield* ask, yield* ask]
    expect([first.reason, first.detail]).toEqual(["unavailable", "no whole answer within 0.06 s"])
    expect([second.reason, second.detail]).toEqual(["unavailable", "it was waited for as long as it may be"])
    expect([server.requests.length, allowance.isSpent]).toEqual([1, true])
  }),
)

effectTest("a question ends in its time, however many answers it takes", () =>
  Effect.gen(function* () {
    const { server, url } = yield* startForge.gitlab
    server.spoil("hang")
    const setting = { servers: [{ url, type: "gitlab" as const }], environment: { GITLAB_TOKEN: forgeToken } }
    const layer = forgePullRequests({ ...setting, questionMs: 60 })
    const error = yield* Effect.flip(Effect.provide(byBranch(refAt(server.host), branch), layer))
    expect([error.reason, error.detail]).toEqual(["unavailable", "no whole answer within 0.06 s"])
  }),
)

describe("a budget", () => {
  const limited = (until: number | null) =>
    new TransportFailure({ reason: "rate_limited", detail: "", said: null, status: 429, until, transient: true })
  const spentAt = (budget: RateBudget, now: number) => {
    try {
      budget.spend(now)
      return null
    } catch (error) {
      return (error as TransportFailure).until
    }
  }
  effectTest("ends when the forge said, keeps the later of two words, and takes none for longer than an hour", () =>
    Effect.sync(() => {
      const budget = new RateBudget()
      expect(spentAt(budget, 0)).toBe(null)
      budget.learn(limited(5000), 0)
      budget.learn(limited(3000), 0)
      expect(spentAt(budget, 4999)).toBe(5000)
      expect(spentAt(budget, 5000)).toBe(null)
      budget.learn(limited(1e15), 0)
      expect(spentAt(budget, 3599_999)).toBe(3600_000)
      expect(spentAt(budget, 3600_000)).toBe(null)
    }),
  )
  effectTest("ends after a minute where the forge did not say when, and not before its own word", () =>
    Effect.sync(() => {
      const budget = new RateBudget()
      budget.learn(limited(null), 1000)
      expect([spentAt(budget, 60_999), spentAt(budget, 61_000)]).toEqual([61_000, null])
      budget.learn(limited(200_000), 100_000)
      budget.learn(limited(null), 100_000)
      expect(spentAt(budget, 199_999)).toBe(200_000)
    }),
  )
})

describe("GitHub is asked whether an answer has changed", () => {
  const conditional = (headers: Readonly<Record<string, unknown>>) => "if-none-match" in headers

  effectTest("and what has not is told from memory, what has from its answer", () =>
    Effect.gen(function* () {
      const { repository, server, url } = yield* startForge.github
      const setting = { servers: [{ url, type: "github" as const }], environment: { GITHUB_TOKEN: forgeToken } }
      const number = repository.createPr(branch)
      yield* Effect.gen(function* () {
        const ask = deciding(refAt(server.host), { number, branch })
        const first = yield* ask
        expect(yield* ask).toEqual(first)
        expect(server.requests.map(({ headers }) => conditional(headers))).toEqual([false, true])
        repository.merge(number)
        expect((yield* ask)?.state).toBe("merged")
        repository.reuseBranch(branch)
        expect((yield* ask)?.state).toBe("open")
      }).pipe(Effect.provide(forgePullRequests(setting)))
    }),
  )

  effectTest("and a memory is no answer while the forge gives none", () =>
    Effect.gen(function* () {
      const { repository, server, url } = yield* startForge.github
      const setting = { servers: [{ url, type: "github" as const }], environment: { GITHUB_TOKEN: forgeToken } }
      repository.merge(repository.createPr(branch))
      yield* Effect.gen(function* () {
        const ask = byBranch(refAt(server.host), branch)
        yield* ask
        for (const fault of ["401", "404", "500", "HTML", "reset", "empty body"] as const) {
          server.spoil(fault)
          expect(Result.isFailure(yield* Effect.result(ask))).toBe(true)
        }
        server.spoil("500", 0)
        expect((yield* ask)?.state).toBe("merged")
        server.spoil("429 bare", 1)
        for (const _ of [1, 2]) expect(Result.isFailure(yield* Effect.result(ask))).toBe(true)
      }).pipe(Effect.provide(forgePullRequests(setting)))
    }),
  )

  effectTest("and pages that follow are still followed", () =>
    Effect.gen(function* () {
      const { repository, server, url } = yield* startForge.github
      const setting = { servers: [{ url, type: "github" as const }], environment: { GITHUB_TOKEN: forgeToken } }
      const number = repository.createIssue()
      for (let i = 0; i < 150; i++) repository.addComment(number, "kdev", `word ${i}`)
      yield* Effect.gen(function* () {
        const ask = Effect.map(readIssue(issueAt(server.host, number)), ({ comments }) => comments.length)
        expect([yield* ask, yield* ask]).toEqual([150, 150])
        expect(server.requests.slice(3).every(({ headers }) => conditional(headers))).toBe(true)
      }).pipe(Effect.provide(forgePullRequests(setting)))
    }),
  )

  effectTest("and nobody else is", () =>
    Effect.gen(function* () {
      for (const type of ["gitlab", "gitea"] as const) {
        const { server, url } = yield* startForge[type]
        const layer = forgePullRequests({
          servers: [{ url, type }],
          environment: { GITLAB_TOKEN: forgeToken, GITEA_TOKEN: forgeToken },
        })
        yield* Effect.gen(function* () {
          const pullRequests = yield* PullRequests
          for (let i = 0; i < 2; i++) yield* pullRequests.findByBranch(refAt(server.host), branch)
        }).pipe(Effect.provide(layer))
        expect(server.requests.some(({ headers }) => conditional(headers))).toBe(false)
      }
    }),
  )
})
