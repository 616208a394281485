import { describe, expect } from "bun:test"
import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { IssueText } from "@kugetsu/core/domain/IssueText"
import type { Issues } from "@kugetsu/core/Issues"
import type { ForgeUnknown, PullRequestRefused, PullRequests } from "@kugetsu/core/PullRequests"
import { Effect, Result } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { type FakeForgeServer, forgeToken, forgeTypes, layerFor, startForge } from "../kit/forges/eachForge.ts"
import {
  byBranch,
  byNumber,
  checksOf,
  comment,
  create,
  deciding,
  issueAt,
  readIssue,
  refAt,
  wholeText,
} from "../kit/forges/forgePullRequests.ts"
import type { Fault } from "../kit/forges/faults.ts"

const branch = "fix/issue-4"

type Question = Effect.Effect<unknown, ForgeUnknown | PullRequestRefused, PullRequests | Issues>

/** Everything a forge is asked, about pull request 1 (merged) and issue 2 (with a comment). */
const operations: Readonly<Record<string, (host: string) => Question>> = {
  findByBranch: (host) => byBranch(refAt(host), branch),
  findByNumber: (host) => byNumber(refAt(host), 1),
  deciding: (host) => deciding(refAt(host), { number: 1, branch }),
  create: (host) => create(refAt(host), { branch }),
  checks: (host) => checksOf(refAt(host), 1),
  read: (host) => readIssue(issueAt(host, 2)),
  comment: (host) => comment(issueAt(host, 2), "text"),
}

const start = (type: ForgeType) =>
  Effect.tap(startForge[type], ({ repository }) =>
    Effect.sync(() => {
      repository.merge(repository.createPr(branch))
      repository.writers.add("ann")
      repository.addComment(repository.createIssue(), "ann", "word")
    }),
  )

const reasons: Readonly<Record<Exclude<Fault, "page shift">, ForgeUnknown["reason"]>> = {
  "401": "unauthorised",
  "403": "forbidden",
  "echo token": "forbidden",
  "404": "not_found",
  "429 bare": "rate_limited",
  "429 soon": "rate_limited",
  "429 late": "rate_limited",
  "403 primary limit": "rate_limited",
  "403 secondary limit": "rate_limited",
  "500": "unavailable",
  "503 HTML": "unavailable",
  reset: "unavailable",
  "cut body": "unavailable",
  "cut chunks": "unavailable",
  hang: "unavailable",
  "hang in body": "unavailable",
  "empty body": "bad_answer",
  "no content": "bad_answer",
  HTML: "bad_answer",
  "invalid JSON": "bad_answer",
  null: "bad_answer",
  "null element": "bad_answer",
  "redirect away": "bad_answer",
  "redirect loop": "bad_answer",
}
const faults = Object.keys(reasons) as ReadonlyArray<keyof typeof reasons>

/** Questions without whose answer an issue is told too, less exactly. */
const dispensable = (path: string, reason: ForgeUnknown["reason"]) =>
  (path.endsWith("/members/all") && reason === "forbidden") ||
  (/\/(assignees|permission)$/.test(path) && (reason === "forbidden" || reason === "not_found"))

const askedWith = (type: ForgeType, fake: FakeForgeServer, question: Question, fault: Fault | null = null) =>
  Effect.result(question).pipe(Effect.provide(layerFor(type, fake, fault?.startsWith("hang") ? { answerMs: 100 } : {})))

describe.each(forgeTypes)("%s: whatever goes wrong is an error of its own kind and tells no token:", (type) => {
  for (const [name, question] of Object.entries(operations))
    effectTest(name, () =>
      Effect.gen(function* () {
        const whole = yield* start(type)
        expect(Result.isSuccess(yield* askedWith(type, whole, question(whole.server.host)))).toBe(true)
        const steps = whole.server.requests.map(({ path }) => path)
        expect(steps.length).toBeGreaterThan(0)
        for (const fault of faults)
          for (const [at, path] of steps.entries()) {
            const fake = yield* start(type)
            let count = 0
            // from this step on, so that no second look helps
            fake.server.beforeAnswer = () => {
              if (count++ === at) fake.server.spoil(fault)
            }
            const answered = yield* askedWith(type, fake, question(fake.server.host), fault)
            const reason = reasons[fault]
            if (Result.isSuccess(answered)) {
              expect([fault, path, dispensable(path, reason)]).toEqual([fault, path, true])
              expect((answered.success as IssueText).comments[0]?.mayWrite).toBe(null)
              continue
            }
            const error = answered.failure
            if (error._tag !== "ForgeUnknown") throw error
            expect([fault, path, error.reason]).toEqual([fault, path, reason])
            expect(error.host).toBe(fake.server.host)
            expect(wholeText(error)).not.toContain(forgeToken)
            expect(error.message).not.toContain("\n")
            expect(error.remedy).not.toBe("")
          }
      }),
    )

  effectTest("comments whose pages shift while they are read", () =>
    Effect.gen(function* () {
      const fake = yield* start(type)
      for (let i = 0; i < 150; i++) fake.repository.addComment(2, "kdev", `word ${i}`)
      fake.server.spoil("page shift")
      const answered = yield* askedWith(type, fake, operations["read"]!(fake.server.host))
      expect(Result.isFailure(answered) && answered.failure).toMatchObject({ reason: "bad_answer" })
    }),
  )
})
