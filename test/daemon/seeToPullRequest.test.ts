import { expect } from "bun:test"
import { lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunExit } from "@kugetsu/core/domain/Run"
import type { RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Issues } from "@kugetsu/core/Issues"
import { Notifications } from "@kugetsu/core/Notifications"
import { ForgeUnknown, PullRequestRefused, PullRequests } from "@kugetsu/core/PullRequests"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { acquire } from "@kugetsu/core/system/Lock"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { followUpPullRequests, type SettledRuns } from "@kugetsu/daemon/followUpPullRequests"
import { seeToPullRequest } from "@kugetsu/daemon/seeToPullRequest"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { FakeForge } from "../kit/gitLayers.ts"
import { deadSupervisor, emptyTurn, livingSupervisor, runExit, runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const ref = Result.getOrThrow(parseIssueRef("example.org/ann/tool#14"))
const run = runId("k3f9qa")
const branch = "fix/issue-14"
const work = {
  commits: [{ sha: "a".repeat(40), subject: "mend it" }],
  pushed: true,
  dirty: false,
  dirty_changed: false,
  pull_request: null,
  pull_request_unknown: null,
  pull_request_before: false,
  off_branch: null,
}

/** A home with one run that has pushed and come to its outcome, and a forge. */
const stage = Effect.fnUntraced(function* (
  change: Partial<RunExit> & {
    readonly open?: "ready" | "draft"
    readonly queued?: boolean
    readonly env?: Readonly<Record<string, string>>
  } = {},
) {
  const { open = "ready", queued = false, env = {}, ...exit } = change
  const forge = new FakeForge()
  const untold = new ForgeUnknown({
    host: "example.org",
    operation: "issue",
    reason: "not_found",
    detail: "none",
    until: null,
    remedy: "-",
  })
  const root = path.join(yield* temporaryDirectory, "home")
  const records = Layer.mergeAll(FileQueue.layer, Notifications.layer, Runs.layer, Sessions.layer, EnvFiles.layer)
  const layers = Layer.mergeAll(records, forge.layer).pipe(
    Layer.provideMerge(Layer.mock(Issues, { read: () => Effect.fail(untold) })),
    Layer.provideMerge(KugetsuHome.at(root)),
    Layer.provideMerge(Layer.succeed(HostEnvironment, env)),
  )
  const context = yield* Layer.build(layers)
  const inHome = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof layers>>) => Effect.provideContext(body, context)
  const item = queued
    ? yield* inHome(Effect.flatMap(Queue, (queue) => queue.enqueue({ issue: ref, message: "go" })))
    : null
  yield* inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      if (item !== null) yield* (yield* Queue).claim(item.item.id, run)
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, run }))
      yield* runs.create(runRequest(run, { issue_ref: ref.toString(), item: item?.item.id ?? null }))
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordExit(
        runExit(run, {
          outcome: "committed",
          issue_ref: ref.toString(),
          branch_name: branch,
          work,
          pull_request_due: { open, branch, base: "main" },
          ...exit,
        }),
      )
    }),
  )
  const envFile = (name: string, text: string) => {
    fs.mkdirSync(path.join(root, "env"), { recursive: true })
    fs.writeFileSync(path.join(root, "env", `${name}.env`), text)
  }
  return {
    envFile,
    forge,
    inHome,
    look: inHome(seeToPullRequest(run, { holdsIssue: false })),
    record: Effect.map(inHome(Effect.flatMap(Runs, (runs) => runs.require(run))), ({ pullRequest }) => pullRequest!),
    keep: (record: RunPullRequest) => inHome(Effect.flatMap(Runs, (runs) => runs.recordPullRequest(run, record))),
    session: Effect.map(inHome(Effect.flatMap(Sessions, (sessions) => sessions.find(ref))), (found) =>
      Option.getOrUndefined(Option.map(found, ({ session }) => session)),
    ),
    news: Effect.map(inHome(Effect.flatMap(Notifications, ({ list }) => list)), (all) => all.map(({ type }) => type)),
    settle: (disposition: Parameters<Queue["Service"]["settle"]>[1]) =>
      inHome(Effect.flatMap(Queue, (queue) => queue.settle({ id: item!.item.id, run }, disposition))),
  }
})

effectTest("several that look after one pull request at once open one, and all find it done", () =>
  Effect.gen(function* () {
    const { forge, inHome, look, news, record, session } = yield* stage()
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

effectTest("what env files and the environment keep secret is not published, whatever it looks like", () =>
  Effect.gen(function* () {
    const { envFile, forge, look } = yield* stage({
      env: { HOST_SECRET: "plain words", PATH: "/usr/bin" },
      turn: { ...emptyTurn, last_text: "plain words, swordfish and open sesame, see /usr/bin" },
      work: { ...work, commits: [{ sha: "a".repeat(40), subject: "log in with swordfish" }] },
    })
    envFile("dev", "DB_PASSWORD=swordfish\n")
    envFile("pm-agent", "GITEA_TOKEN='open sesame'\n")
    yield* look
    expect(forge.created.map(({ title }) => title)).toEqual(["log in with ***"])
    expect(forge.created[0]!.body).toContain("***, *** and ***, see /usr/bin")
  }),
)

effectTest("while it is not known what is secret nothing is published, and a person is told", () =>
  Effect.gen(function* () {
    const { envFile, forge, look, news, record } = yield* stage()
    envFile("dev", "what is this\n")
    yield* look
    expect(forge.created).toEqual([])
    expect(yield* record).toMatchObject({ state: "unknown", attempts: 1 })
    expect([(yield* record).reason?.includes("dev.env"), yield* news]).toEqual([true, ["pull_request_missing"]])
  }),
)

effectTest("a forge that does not answer is asked five times more, and then a person is told, once", () =>
  Effect.gen(function* () {
    const { forge, look, news, record, keep } = yield* stage()
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
    const { forge, inHome, look, news, record } = yield* stage()
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
    const { forge, look, news, record, session } = yield* stage()
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
      const { forge, look, record, settle } = yield* stage({ outcome: "failed", open: "draft", queued: true })
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
    const { forge, inHome, look, record, settle } = yield* stage({ outcome: "failed", open: "draft", queued: true })
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
    const { inHome, look, record, session } = yield* stage()
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

effectTest("the daemon leaves alone what a supervisor looks after, and an issue that an agent works on", () =>
  Effect.gen(function* () {
    const { forge, inHome } = yield* stage()
    const settled: SettledRuns = new Set()
    const round = inHome(followUpPullRequests(settled))
    const supervisedBy = (record: ReturnType<typeof livingSupervisor>) =>
      inHome(Effect.flatMap(Runs, (runs) => runs.recordSupervisor(run, record)))
    yield* supervisedBy(livingSupervisor())
    yield* round
    expect(forge.created).toEqual([])
    yield* supervisedBy(deadSupervisor())
    yield* inHome(
      Effect.scoped(
        Effect.gen(function* () {
          yield* acquire((yield* KugetsuHome).issueLock(lockNameOf(ref)), { waitMs: 0 })
          yield* round
        }),
      ),
    )
    expect([forge.created.length, settled.size]).toEqual([0, 0])
    yield* round
    yield* round
    expect([forge.created.length, [...settled]]).toEqual([1, [run]])
  }),
)
