import { expect } from "bun:test"
import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"
import { onEachForge } from "../kit/forges/eachForge.ts"
import { deciding, refAt } from "../kit/forges/forgePullRequests.ts"

const branch = "fix/issue-4"

onEachForge("of a number and its branch the open one decides, then the newest", ({ repository, server }) =>
  Effect.gen(function* () {
    const ask = (number: number | null, of: string | null = branch) =>
      Effect.map(deciding(refAt(server.host), { number, branch: of }), (it) =>
        it === null ? null : [it.number, it.state],
      )
    const first = repository.createPr(branch)
    expect(yield* ask(first)).toEqual([first, "open"])
    repository.squash(first)
    expect(yield* ask(first)).toEqual([first, "merged"])
    const second = repository.reuseBranch(branch)
    expect(yield* ask(first)).toEqual([second, "open"])
    expect(yield* ask(null)).toEqual([second, "open"])
    repository.draft(second)
    expect(yield* ask(first)).toEqual([second, "draft"])
    expect(yield* ask(first, null)).toEqual([first, "merged"])
    repository.beginMerge(second)
    expect(yield* ask(second, null)).toEqual([second, expect.any(String)])
    repository.reopen(first)
    repository.close(second)
    expect(yield* ask(second)).toEqual([first, "open"])
    repository.merge(first)
    expect(yield* ask(second)).toEqual([second, "closed"])
    expect(yield* ask(null)).toEqual([second, "closed"])
  }),
)

onEachForge("a fork's open one of the same branch does not decide", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createPr(branch)
    repository.merge(number)
    repository.createPr(branch, { from: repository.fork("stranger") })
    const found = yield* deciding(refAt(server.host), { number, branch })
    expect(found).toMatchObject({ number, state: "merged" })
  }),
)

onEachForge("a fork's one of the same branch decides nothing by its number, unless its head is ours", (fake) =>
  Effect.gen(function* () {
    const { repository, server } = fake
    const foreign = repository.createPr(branch, { from: repository.fork("stranger") })
    repository.merge(foreign)
    const ask = (of: string | null, head?: string) =>
      deciding(refAt(server.host), { number: foreign, branch: of, ...(head !== undefined && { head }) })
    expect([yield* ask(branch), yield* ask(null), yield* ask(branch, "f".repeat(40))]).toEqual([null, null, null])
    const head = repository.pulls[0]!.sha
    expect(yield* ask(branch, head)).toMatchObject({ number: foreign, state: "merged", from_here: false })
    const own = repository.createPr(branch)
    repository.close(own)
    expect(yield* ask(branch)).toMatchObject({ number: own, state: "closed", from_here: true })
  }),
)

onEachForge("a number that the forge does not know is no answer, whatever the branch has", ({ repository, server }) =>
  Effect.gen(function* () {
    repository.merge(repository.createPr(branch))
    const error: ForgeUnknown = yield* Effect.flip(deciding(refAt(server.host), { number: 99, branch }))
    expect(error.reason).toBe("not_found")
  }),
)

onEachForge("a list that cannot be read spoils the answer by number", ({ repository, server }) =>
  Effect.gen(function* () {
    const number = repository.createPr(branch)
    repository.merge(number)
    server.beforeAnswer = ({ path }) => {
      if (!path.endsWith(`/${number}`)) server.spoil("HTML", 1)
    }
    const error: ForgeUnknown = yield* Effect.flip(deciding(refAt(server.host), { number, branch }))
    expect(error.reason).toBe("bad_answer")
  }),
)

onEachForge("where nothing is known nobody is asked", ({ server }) =>
  Effect.gen(function* () {
    expect(yield* deciding(refAt(server.host), { number: null, branch: null })).toBe(null)
    expect(server.requests).toEqual([])
  }),
)
