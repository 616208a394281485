import { expect, test } from "bun:test"
import { AnswerMemory } from "@kugetsu/forge/AnswerMemory"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { startForge, forgeToken } from "../kit/forges/eachForge.ts"
import { byBranch, forgePullRequests, refAt } from "../kit/forges/forgePullRequests.ts"

const MB = 1024 * 1024
const answer = (text: string, etag: string | null = "e") =>
  new Response(text, { headers: etag === null ? {} : { etag } })
const known = (memory: AnswerMemory, names: ReadonlyArray<string>) => names.filter((name) => memory.find(name) !== null)

test("of more than 200 answers the oldest go, and one that is given again is the newest", async () => {
  const memory = new AnswerMemory()
  const names = Array.from({ length: 202 }, (_, n) => `a${n}`)
  for (const name of names.slice(0, 200)) await memory.keep(name, answer("x"))
  await memory.keep("a0", answer("y"))
  for (const name of names.slice(200)) await memory.keep(name, answer("x"))
  expect(names.filter((name) => memory.find(name) === null)).toEqual(["a1", "a2"])
  expect(memory.find("a0")?.text).toBe("y")
})

test("what is too long, or has no mark, is not kept, and takes away what was kept before", async () => {
  const memory = new AnswerMemory()
  for (const next of [answer("x".repeat(MB + 1)), answer("x", null)]) {
    await memory.keep("a", answer("x"))
    expect(known(memory, ["a"])).toEqual(["a"])
    await memory.keep("a", next)
    expect(known(memory, ["a"])).toEqual([])
  }
})

test("all answers together are no longer than 16 MB, however often each is given", async () => {
  const memory = new AnswerMemory()
  const names = Array.from({ length: 18 }, (_, n) => `a${n}`)
  for (let again = 0; again < 3; again++) await memory.keep("a0", answer("x".repeat(MB)))
  for (const name of names) await memory.keep(name, answer("x".repeat(MB)))
  expect(known(memory, names)).toEqual(names.slice(2))
})

effectTest("what one token may see is not asked about in the name of another", () =>
  Effect.gen(function* () {
    const { server, url } = yield* startForge.github
    const environment: Record<string, string> = { GITHUB_TOKEN: forgeToken }
    yield* Effect.gen(function* () {
      const ask = Effect.exit(byBranch(refAt(server.host), "fix/issue-4"))
      yield* ask
      yield* ask
      expect(server.requests.some(({ headers }) => "if-none-match" in headers)).toBe(true)
      server.requests.length = 0
      environment["GITHUB_TOKEN"] = "of-somebody-else"
      yield* ask
      expect(server.requests.map(({ headers }) => "if-none-match" in headers)).toEqual([false])
    }).pipe(Effect.provide(forgePullRequests({ servers: [{ url, type: "github" }], environment })))
  }),
)
