import { describe, expect, test } from "bun:test"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect, type Scope } from "effect"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { fakeGitHub } from "../kit/forges/fakeGitHub.ts"
import { fakeGitLab } from "../kit/forges/fakeGitLab.ts"
import type { FakeRepository } from "../kit/forges/fakeRepository.ts"
import { byBranch, byNumber, forgePullRequests, refAt, wholeText } from "../kit/forges/forgePullRequests.ts"
import type { Fault } from "../kit/forges/faults.ts"
import { type ForgeServer, forgeServer } from "../kit/forges/forgeServer.ts"

const token = "s3cret-t0ken"
const branch = "fix/issue-4"

const start: Record<"github" | "gitlab" | "gitea", Effect.Effect<Fake, never, Scope.Scope>> = {
  github: fakeGitHub({ token }),
  gitlab: fakeGitLab({ token }),
  gitea: fakeGitea({ token }),
}
const forges = ["github", "gitlab", "gitea"] as const
const typeKey = { github: "GITHUB_TOKEN", gitlab: "GITLAB_TOKEN", gitea: "GITEA_TOKEN" }

interface Fake {
  readonly repository: FakeRepository
  readonly server: ForgeServer
  readonly url: string
}

const layerFor = (type: (typeof forges)[number], url: string, answerMs?: number) =>
  forgePullRequests({
    servers: [{ url, type }],
    envFiles: { dev: { [typeKey[type]]: token } },
    ...(answerMs !== undefined && { answerMs }),
  })

/** What a fault comes to, and how many requests were made before giving up. */
const expected: ReadonlyArray<readonly [Fault, ForgeUnknown["reason"], number]> = [
  ["401", "unauthorised", 1],
  ["403", "forbidden", 1],
  ["echo token", "forbidden", 1],
  ["404", "not_found", 1],
  ["429 bare", "rate_limited", 1],
  ["429 soon", "rate_limited", 3],
  ["429 late", "rate_limited", 1],
  ["403 primary limit", "rate_limited", 1],
  ["403 secondary limit", "rate_limited", 1],
  ["500", "unavailable", 3],
  ["503 HTML", "unavailable", 3],
  ["reset", "unavailable", 3],
  ["cut body", "unavailable", 3],
  ["cut chunks", "unavailable", 3],
  ["hang", "unavailable", 1],
  ["hang in body", "unavailable", 1],
  ["empty body", "bad_answer", 1],
  ["no content", "bad_answer", 1],
  ["HTML", "bad_answer", 1],
  ["invalid JSON", "bad_answer", 1],
  ["null", "bad_answer", 1],
  ["null element", "bad_answer", 1],
  ["redirect away", "bad_answer", 1],
  ["redirect loop", "bad_answer", 4],
]

describe.each(forges)("%s, with a merged pull request on the branch,", (type) => {
  for (const [fault, reason, requests] of expected) {
    const hangs = fault.startsWith("hang")
    effectTest(`is ${reason} after "${fault}", by branch and by number, and tells no token`, () =>
      Effect.gen(function* () {
        const { repository, server, url } = yield* start[type]
        repository.merge(repository.createPr(branch))
        const ref = refAt(server.host)
        server.spoil(fault)
        for (const question of [byBranch(ref, branch), byNumber(ref, 1)]) {
          server.requests.length = 0
          const error: ForgeUnknown = yield* Effect.flip(question).pipe(
            Effect.provide(layerFor(type, url, hangs ? 200 : undefined)),
          )
          expect(error.reason).toBe(reason)
          expect(error.host).toBe(server.host)
          expect(error.until === null).toBe(!["429 soon", "429 late", "403 primary limit"].includes(fault))
          expect(server.requests.length).toBe(requests)
          expect(wholeText(error)).not.toContain(token)
          expect(error.message).not.toContain("\n")
        }
      }),
    )
  }

  for (const fault of ["500", "reset", "cut body", "429 soon"] as const)
    effectTest(`answers in spite of "${fault}" twice`, () =>
      Effect.gen(function* () {
        const { repository, server, url } = yield* start[type]
        repository.merge(repository.createPr(branch))
        server.spoil(fault, 2)
        const found = yield* byBranch(refAt(server.host), branch).pipe(Effect.provide(layerFor(type, url)))
        expect(found?.state).toBe("merged")
      }),
    )

  effectTest("is unknown when only a later page cannot be read", () =>
    Effect.gen(function* () {
      const { repository, server, url } = yield* start[type]
      for (let i = 0; i < 150; i++) repository.close(repository.createPr(branch))
      const layer = layerFor(type, url)
      for (const fault of ["HTML", "empty body", "null", "null element", "404"] as const) {
        server.requests.length = 0
        server.beforeAnswer = ({ query }) => {
          if (query.get("page") === "2") server.spoil(fault, 1)
        }
        const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(server.host), branch)).pipe(Effect.provide(layer))
        expect(error.reason).toBe(fault === "404" ? "not_found" : "bad_answer")
        expect(server.requests.length).toBeGreaterThan(1)
      }
    }),
  )

  effectTest("is unknown when the pages shift each time they are read", () =>
    Effect.gen(function* () {
      const { repository, server, url } = yield* start[type]
      for (let i = 0; i < 150; i++) repository.close(repository.createPr(branch))
      server.spoil("page shift")
      const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(server.host), branch)).pipe(
        Effect.provide(layerFor(type, url)),
      )
      expect(error.reason).toBe("bad_answer")
      expect(error.detail).toContain("moved")
    }),
  )

  effectTest("is unavailable when nobody listens", () =>
    Effect.gen(function* () {
      const { url, server } = yield* Effect.scoped(start[type])
      const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(server.host), branch)).pipe(
        Effect.provide(layerFor(type, url)),
      )
      expect(error.reason).toBe("unavailable")
    }),
  )
})

effectTest("a rate limit says until when, at the time the forge names", () =>
  Effect.gen(function* () {
    const { server, url } = yield* fakeGitHub({ token })
    const late = Date.now() + 1800_000
    for (const fault of ["429 late", "403 primary limit"] as const) {
      server.spoil(fault)
      const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(server.host), branch)).pipe(
        Effect.provide(layerFor("github", url)),
      )
      expect(Math.abs(Date.parse(error.until ?? "") - late)).toBeLessThan(30_000)
      expect(error.remedy).toContain(error.until ?? "?")
    }
  }),
)

effectTest("Gitea: a list that grew while it was read is read once more", () =>
  Effect.gen(function* () {
    const { repository, server, url } = yield* fakeGitea({ token })
    for (let i = 0; i < 60; i++) repository.close(repository.createPr("other"))
    const ours = repository.createPr(branch)
    repository.merge(ours)
    let grown = false
    server.beforeAnswer = ({ query }) => {
      if (query.get("page") !== "2" || grown) return
      grown = true
      repository.createPr(branch)
    }
    const found = yield* byBranch(refAt(server.host), branch).pipe(Effect.provide(layerFor("gitea", url)))
    expect(grown).toBe(true)
    expect(found).toMatchObject({ number: 62, state: "open" })
  }),
)

effectTest("Gitea: a list that is not counted cannot be known to be whole", () =>
  Effect.gen(function* () {
    const server = yield* forgeServer(() => ({ status: 200, body: [] }))
    const error: ForgeUnknown = yield* Effect.flip(byBranch(refAt(server.host), branch)).pipe(
      Effect.provide(layerFor("gitea", server.origin)),
    )
    expect(error.reason).toBe("bad_answer")
    expect(error.detail).toContain("how many")
  }),
)

test("the client libraries print nothing of their own", () => {
  const program = path.join(import.meta.dir, "refused.program.ts")
  const { stdout, stderr } = Bun.spawnSync([process.execPath, program], { env: { HOME: "/nonexistent", PATH: "" } })
  expect(stderr.toString()).toBe("")
  expect(stdout.toString()).toBe("bad_answer\nnot_found\nbad_answer\nnot_found\n")
})
