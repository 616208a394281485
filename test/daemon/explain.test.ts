import { expect, test } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { Gate } from "@kugetsu/core/domain/Schedule"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import { explainIssue, explainItem } from "@kugetsu/daemon/explain"
import { explainGate } from "@kugetsu/daemon/explainGate"
import { daemonFile } from "@kugetsu/daemon/DaemonRecord"
import { journal } from "@kugetsu/daemon/Journal"
import { workerOf } from "@kugetsu/daemon/observe"
import { Effect, Layer, Result, type Scope } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { deadSupervisor, livingSupervisor, runExit, runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const gates: ReadonlyArray<readonly [Gate, gate: string, detail: RegExp, until: string | null]> = [
  [{ _tag: "Paused" }, "paused", /kugetsu queue resume/, null],
  [{ _tag: "DiskFull", freeBytes: 5_300_000, neededBytes: 1e9 }, "disk_full", /^5 MB .* below 1000 MB/, null],
  [{ _tag: "NotBefore", until: 0 }, "not_before", /no luck/, "1970-01-01T00:00:00.000"],
  [{ _tag: "IssueBusy", worker: "w" }, "issue_busy", /on a\/b\/c#1, in run r_9/, null],
  [{ _tag: "BehindSameIssue", id: "q_1" }, "behind_same_issue", /^q_1 /, null],
  [{ _tag: "LimitReached", limit: 3, held: 4, ahead: 0 }, "limit_reached", /^4 of 3 .* the next/, null],
  [{ _tag: "LimitReached", limit: 3, held: 3, ahead: 2 }, "limit_reached", /2 wait before it/, null],
  [{ _tag: "Staggered", until: 1000 }, "staggered", /gap/, "1970-01-01T00:00:01.000"],
]

test("every gate of the scheduler has a name, a reason, and the time at which it opens by itself", () => {
  for (const [gate, name, detail, until] of gates) {
    const explanation = explainGate(gate, { issue_ref: "a/b/c#1", error: "no luck" }, "r_9")
    expect(explanation).toMatchObject({ running: false, gate: name, detail: expect.stringMatching(detail) })
    expect(explanation.until === null ? null : new Date(explanation.until).toISOString().slice(0, -1)).toBe(until)
  }
})

const issue = (text: string) => Result.getOrThrow(parseIssueRef(text))
const first = issue("example.org/ann/tool#1")
const second = issue("example.org/ann/tool#2")

/** A home of its own, in which this process passes for the daemon. */
const explainTest = <A, E>(
  name: string,
  body: Effect.Effect<A, E, Queue | Runs | Settings | KugetsuHome | Scope.Scope>,
) =>
  effectTest(name, () =>
    Effect.gen(function* () {
      const home = KugetsuHome.at(yield* temporaryDirectory)
      const layers = Layer.mergeAll(FileQueue.layer, Runs.layer, Settings.layer).pipe(
        Layer.provideMerge(home),
        Layer.provideMerge(Layer.succeed(HostEnvironment, { MAX_CONCURRENT_AGENTS: "1" })),
      )
      const servedHome = Effect.gen(function* () {
        const { queue } = yield* KugetsuHome
        yield* acquire(queue.daemonLock, { waitMs: 0 })
        const since = new Date().toISOString()
        yield* daemonFile.replace(queue.daemon, { version: 1, daemon: identityOf(process.pid)!, kugetsu: "1", since })
        return yield* body
      })
      return yield* Effect.provide(servedHome, layers)
    }),
  )

const enqueue = Effect.fnUntraced(function* (to: ReturnType<typeof issue> | null, message = "go") {
  return (yield* (yield* Queue).enqueue({ issue: to, message })).item.id
})

explainTest(
  "what nothing stands in the way of is about to start, and the next one a moment later",
  Effect.gen(function* () {
    const [one, pm] = [yield* enqueue(first), yield* enqueue(null)]
    expect((yield* explainItem(one)).gate).toBe("starting")
    expect((yield* explainItem(pm)).gate).toBe("staggered")
    expect((yield* explainIssue(first)).gate).toBe("starting")
  }),
)

explainTest(
  "what could not be started says why, until it can be",
  Effect.gen(function* () {
    const one = yield* enqueue(first)
    yield* journal({ event: "held_back", item: one, reason: "its session cannot be read" })
    expect(yield* explainItem(one)).toMatchObject({
      gate: "held_back",
      detail: expect.stringContaining("its session cannot be read"),
    })
    yield* journal({ event: "started", item: one, run: runId("aaaaaa"), issue_ref: first.toString() })
    expect((yield* explainItem(one)).gate).toBe("starting")
  }),
)

explainTest(
  "an issue with an agent, however far back in the queue, is busy, and its next item stands behind the first",
  Effect.gen(function* () {
    const home = yield* KugetsuHome
    const others = yield* Effect.forEach([3, 4, 5, 6], (n) => enqueue(issue(`example.org/ann/tool#${n}`)))
    const [busy, behind] = [yield* enqueue(first), yield* enqueue(issue("example.org/ann/tool#3"))]
    yield* (yield* Runs).create(runRequest(runId("aaaaaa"), { issue_ref: first.toString() }))
    yield* acquire(home.issueLock(workerOf(first.toString())), { waitMs: 0 })
    expect(yield* explainItem(busy)).toMatchObject({
      gate: "issue_busy",
      detail: expect.stringContaining(runId("aaaaaa")),
    })
    expect(yield* explainItem(behind)).toMatchObject({
      gate: "behind_same_issue",
      detail: expect.stringContaining(others[0]!),
    })
  }),
)

explainTest(
  "an item that runs names its run; one that ended, its outcome",
  Effect.gen(function* () {
    const queue = yield* Queue
    const runs = yield* Runs
    const one = yield* enqueue(first)
    const run = runId("aaaaaa")
    yield* queue.claim(one, run)
    expect(yield* explainItem(one)).toMatchObject({ running: false, gate: "starting" })
    yield* runs.create(runRequest(run, { issue_ref: first.toString(), item: one }))
    yield* runs.recordSupervisor(run, livingSupervisor())
    const running = { running: true, gate: null, detail: expect.stringContaining(run), until: null }
    expect(yield* explainItem(one)).toEqual(running)
    expect(yield* explainIssue(first)).toEqual(running)
    yield* runs.recordExit(runExit(run, { issue_ref: first.toString(), outcome: "committed", evidence: ["2 commits"] }))
    expect(yield* explainItem(one)).toMatchObject({ running: false, gate: "unsettled" })
    yield* queue.settle({ id: one, run }, { _tag: "Completed" })
    for (const explanation of [yield* explainItem(one), yield* explainIssue(first)]) {
      expect(explanation).toEqual({
        running: false,
        gate: "completed",
        detail: `run ${run} came to committed: 2 commits`,
        until: null,
      })
    }
  }),
)

explainTest(
  "what a run is at is said for each step of it, from the claim to its end",
  Effect.gen(function* () {
    const [queue, runs] = [yield* Queue, yield* Runs]
    const one = yield* enqueue(first)
    const run = runId("aaaaaa")
    const detail = Effect.map(explainItem(one), ({ detail, gate }) => [gate, detail])
    yield* queue.claim(one, run)
    expect(yield* detail).toEqual(["starting", `it is about to be started as run ${run}`])
    yield* runs.create(runRequest(run, { issue_ref: first.toString(), item: one }))
    expect(yield* detail).toEqual([null, `run ${run} is being started`])
    yield* runs.recordSupervisor(run, livingSupervisor())
    expect(yield* detail).toEqual([null, `run ${run} prepares clone, worktree and session`])
    yield* runs.recordStarted(run, runStarted())
    expect(yield* detail).toEqual([null, `run ${run} is at work since ${runStarted().started_at}`])
    yield* runs.requestStop(run, "kugetsu queue cancel")
    const asked = "; kugetsu queue cancel asked for its end"
    expect(yield* detail).toEqual([null, `run ${run} is at work since ${runStarted().started_at}${asked}`])
    yield* runs.recordSupervisor(run, deadSupervisor())
    expect(yield* detail).toEqual([
      "unsettled",
      `run ${run} has lost its supervisor since ${runStarted().started_at}${asked}`,
    ])
    yield* runs.recordExit(runExit(run, { issue_ref: first.toString(), outcome: "failed", evidence: ["oh", "no"] }))
    expect(yield* detail).toEqual(["unsettled", `run ${run} ended with failed, which is about to be settled`])
    yield* queue.settle({ id: one, run }, { _tag: "Error", reason: "given up" })
    expect(yield* detail).toEqual(["error", `given up; run ${run} came to failed: oh; no`])
    fs.rmSync((yield* KugetsuHome).run(run).dir, { recursive: true })
    expect(yield* detail).toEqual(["error", "given up"])
  }),
)

explainTest(
  "a claim that is being cancelled is called so before there is a run",
  Effect.gen(function* () {
    const queue = yield* Queue
    const one = yield* enqueue(first)
    yield* queue.claim(one, runId("aaaaaa"))
    yield* queue.cancel(one)
    expect(yield* explainItem(one)).toEqual({
      running: false,
      gate: "starting",
      detail: `it is being cancelled: run ${runId("aaaaaa")} has not begun, and is ended before its agent starts`,
      until: null,
    })
  }),
)

explainTest(
  "an outcome that cannot be read is what its task stands at, and what the next one of its issue waits for",
  Effect.gen(function* () {
    const [one, next] = [yield* enqueue(first), yield* enqueue(first, "and then")]
    const run = runId("aaaaaa")
    yield* (yield* Queue).claim(one, run)
    yield* (yield* Runs).create(runRequest(run, { issue_ref: first.toString(), item: one }))
    const { exit } = (yield* KugetsuHome).run(run)
    fs.writeFileSync(exit, "{")
    const unreadable = {
      running: false,
      gate: "unreadable" as const,
      detail: expect.stringContaining(exit),
      until: null,
    }
    for (const explanation of [yield* explainItem(one), yield* explainItem(next), yield* explainIssue(first)]) {
      expect(explanation).toEqual(unreadable)
    }
  }),
)

explainTest(
  "of an issue the newest end counts: a person's own run after the item, the item after that",
  Effect.gen(function* () {
    const queue = yield* Queue
    const runs = yield* Runs
    const own = runId("bbbbbb")
    const past = new Date(Date.now() - 60_000).toISOString()
    yield* runs.create(runRequest(own, { issue_ref: second.toString() }))
    yield* runs.recordExit(
      runExit(own, { issue_ref: second.toString(), outcome: "failed", evidence: ["oh"], finished_at: past }),
    )
    expect(yield* explainIssue(second)).toMatchObject({ gate: "error", detail: `run ${own} came to failed: oh` })
    yield* queue.cancel(yield* enqueue(second))
    expect(yield* explainIssue(second)).toMatchObject({ gate: "error", detail: "cancelled" })
  }),
)

explainTest(
  "what nobody knows of is unknown",
  Effect.gen(function* () {
    expect(yield* explainIssue(first)).toMatchObject({ running: false, gate: "unknown" })
  }),
)
