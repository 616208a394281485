import { expect } from "bun:test"
import { PullRequestRefused, PullRequests } from "@kugetsu/core/PullRequests"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { seeToPullRequest } from "@kugetsu/daemon/seeToPullRequest"
import { Effect, Layer, Option } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { branch, pushedRun, ref, run } from "../kit/pushedRun.ts"
import { runId } from "../kit/records.ts"

effectTest("several that look after one pull request at once open one, and all find it done", () =>
  Effect.gen(function* () {
    const { forge, inHome, look, news, record, session } = yield* pushedRun()
    const slowly = Layer.effect(
      PullRequests,
      Effect.map(PullRequests, (quick) => ({
        ...quick,
        // whoever does not look again before it opens one opens a second
        deciding: (...asked: Parameters<typeof quick.deciding>) =>
          Effect.tap(quick.deciding(...asked), () => Effect.sleep(100)),
        create: (...asked: Parameters<typeof quick.create>) =>
          Effect.suspend(() => {
            forge.byBranch.clear()
            return quick.create(...asked)
          }),
      })),
    )
    const one = inHome(Effect.provide(seeToPullRequest(run, { holdsIssue: false }), slowly))
    yield* Effect.all([one, one, one], { concurrency: 3 })
    yield* look
    expect(forge.created).toHaveLength(1)
    expect(forge.created[0]).toMatchObject({ branch, base: "main", draft: false, title: "mend it" })
    expect(yield* record).toMatchObject({ state: "opened", again_at: null, pull_request: { number: 1 } })
    expect(yield* session).toMatchObject({ pr_url: "https://example.org/o/r/pull/1", branch_name: branch })
    expect(yield* news).toEqual(["pull_request_opened"])
  }),
)

effectTest("a forge that does not answer is asked five times more, and then a person is told, once", () =>
  Effect.gen(function* () {
    const { forge, look, news, record, keep } = yield* pushedRun()
    forge.silent = true
    for (let attempts = 1; attempts <= 6; attempts++) {
      yield* look
      const known = yield* record
      expect([known.state, known.attempts, known.again_at === null]).toEqual(["unknown", attempts, attempts === 6])
      yield* look
      expect((yield* record).attempts).toBe(attempts)
      expect(yield* news).toEqual(attempts === 6 ? ["pull_request_missing"] : [])
      if (known.again_at !== null) yield* keep({ ...known, again_at: "2026-01-01T00:00:00.000+00:00" })
    }
    forge.silent = false
    yield* look
    expect(forge.created).toEqual([])
  }),
)

effectTest("a forge that will not is not asked again, and its words are told with what to do", () =>
  Effect.gen(function* () {
    const { forge, inHome, look, news, record } = yield* pushedRun()
    const detail = "No commits between main and fix/issue-14"
    forge.refusal = new PullRequestRefused({ host: "example.org", repository: "ann/tool", branch, detail })
    yield* look
    expect(yield* record).toMatchObject({ state: "refused", again_at: null })
    expect((yield* record).reason).toContain(detail)
    const exit = (yield* inHome(Effect.flatMap(Runs, (runs) => runs.require(run)))).exit!
    expect([exit.outcome, exit.evidence.at(-1)?.includes(detail)]).toEqual(["committed", true])
    expect(yield* news).toEqual(["pull_request_missing"])
  }),
)

effectTest("one that is there is found and noted, and not told as new", () =>
  Effect.gen(function* () {
    const { forge, look, news, record, session } = yield* pushedRun()
    forge.byBranch.set(branch, "open")
    yield* look
    expect(yield* record).toMatchObject({ state: "found", pull_request: { number: 1, state: "open" } })
    expect([(yield* session)?.pr_url, yield* news, forge.created]).toEqual(["https://example.org/o/r/pull/1", [], []])
  }),
)

effectTest("unfinished work is shown as a draft only once nobody tries the task again", () =>
  Effect.gen(function* () {
    for (const [disposition, state] of [
      [{ _tag: "Error", reason: "3 attempts" }, "opened"],
      [{ _tag: "Again", reason: "failed", notBefore: null, costsAttempt: true }, "waits"],
    ] as const) {
      const { forge, look, record, settle } = yield* pushedRun({ outcome: "failed", open: "draft", queued: true })
      yield* look
      expect(yield* record).toMatchObject({ state: "waits", reason: "the task is not over yet" })
      yield* settle(disposition)
      yield* look
      expect(yield* record).toMatchObject({ state })
      expect(forge.created.map(({ draft }) => draft)).toEqual(state === "opened" ? [true] : [])
    }
  }),
)

effectTest("a task that went on in another run leaves the pull request to that one", () =>
  Effect.gen(function* () {
    const { forge, inHome, look, record, settle } = yield* pushedRun({ outcome: "failed", open: "draft", queued: true })
    yield* settle({ _tag: "Again", reason: "failed", notBefore: null, costsAttempt: true })
    yield* inHome(
      Effect.gen(function* () {
        const queue = yield* Queue
        const [item] = yield* queue.list()
        yield* queue.claim(item!.id, runId("zzzzzz"))
      }),
    )
    yield* look
    expect(yield* record).toMatchObject({ state: "none", again_at: null })
    expect(forge.created).toEqual([])
  }),
)

effectTest("the record of an issue that was destroyed meanwhile is not made again", () =>
  Effect.gen(function* () {
    const { inHome, look, record, session } = yield* pushedRun()
    yield* inHome(
      Effect.gen(function* () {
        const home = yield* KugetsuHome
        const { name } = Option.getOrThrow(yield* (yield* Sessions).find(ref))
        yield* Effect.promise(() => Bun.file(home.sessionFile(`${name}.json`)).delete())
      }),
    )
    yield* look
    expect((yield* record).state).toBe("opened")
    expect(yield* session).toBeUndefined()
  }),
)
