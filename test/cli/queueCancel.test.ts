import { expect, test } from "bun:test"
import { cancelText } from "@kugetsu/cli/cancelText"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileQueueAt } from "../core/queue/fileQueueAt.ts"
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { type QueueStage, queueStage, ref, until } from "../kit/queueStage.ts"
import { runId } from "../kit/records.ts"

const hanging: FakePlan = { run: { events: goodTurn("working"), hang: true } }

const run = runId("ended0")
const base = { id: "q_1" as QueueItemId, run, error: null, cancel_requested: true }
const stopped = { run, outcome: "stopped" } as const
const opened = { run, outcome: "pr_opened" } as const

const rows: ReadonlyArray<readonly [Partial<QueueItem>, Parameters<typeof cancelText>[1], text: string]> = [
  [{ state: "error", error: "cancelled" }, null, "q_1 is cancelled"],
  [{ state: "error", error: "stopped" }, stopped, `q_1 is cancelled; its run ${run} ended: stopped`],
  [
    { state: "error", error: "cancelled" },
    { run, outcome: "failed" },
    `q_1 is cancelled; its run ${run} ended: failed`,
  ],
  [
    { state: "error", error: "too\u001b long" },
    { run, outcome: "timed_out" },
    `q_1 ended in error before it could be cancelled: too\\x1b long; its run ${run} ended: timed_out`,
  ],
  [{ state: "completed" }, opened, `q_1 was completed before it could be cancelled; its run ${run} ended: pr_opened`],
  [
    { state: "notified" },
    null,
    `q_1 is being cancelled: its run ${run} has not begun, and is ended before its agent starts`,
  ],
  [
    { state: "notified" },
    stopped,
    `q_1 is being cancelled; its run ${run} ended: stopped, which a daemon has yet to settle`,
  ],
  [
    { state: "notified" },
    opened,
    `q_1 was not cancelled before its run ${run} ended: pr_opened, which a daemon has yet to settle`,
  ],
  [{ state: "notified", cancel_requested: false }, null, `q_1 was given back meanwhile, and runs as ${run}`],
  [{ state: "pending" }, null, "q_1 was given back meanwhile, and waits"],
]

test("what is said of a cancelled item follows from the state that it has come to", () => {
  for (const [item, ended, text] of rows) expect(cancelText({ ...base, ...item } as QueueItem, ended)).toBe(text)
})

/** As somebody cancels who dies before they can ask the run to end. */
const cancelOnly = ({ kugetsuHome }: QueueStage, id: string) =>
  Effect.flatMap(Queue, (queue) => queue.cancel(id as QueueItemId)).pipe(Effect.provide(fileQueueAt(kugetsuHome)))

const agentsStarted = ({ opencode }: QueueStage) => opencode.starts().filter(({ args }) => args[0] === "run").length

effectTest("an item that waits is cancelled, and one that runs with its run; both say so", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(hanging)
    const waiting = yield* made.delegate(["go", "--not-before", "1h"])
    expect((yield* made.run(["queue", "cancel", waiting])).stdout).toBe(`${waiting} is cancelled\n`)
    const again = yield* made.run(["queue", "cancel", waiting])
    expect([again.code, again.stderr.includes("has ended already: it is error")]).toEqual([1, true])
    yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const run = yield* made.untilRuns(id)
    const { code, stdout } = yield* made.run(["queue", "cancel", id])
    expect([code, stdout]).toEqual([0, `${id} is cancelled; its run ${run} ended: stopped\n`])
  }),
)

effectTest("an item whose run had come to a good end is completed, and what is said does not deny it", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("well"), delayMs: 2000 } })
    const daemon = yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const run = yield* made.untilRuns(id)
    daemon.kill("SIGKILL")
    yield* until("its outcome", () => fs.existsSync(path.join(made.kugetsuHome, "runs", run, "exit.json")))
    const { code, stdout } = yield* made.run(["queue", "cancel", id])
    expect([code, stdout]).toEqual([
      0,
      `${id} was not cancelled before its run ${run} ended: no_change, which a daemon has yet to settle\n`,
    ])
    yield* made.daemon()
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
  }),
)

effectTest("a claim that no run comes of is being cancelled until a daemon has seen to it, and is called so", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(hanging)
    const id = (yield* made.delegate(["go", "--issue", ref(1)])) as QueueItemId
    const run: RunId = runId("absent")
    yield* Effect.flatMap(Queue, (queue) => queue.claim(id, run)).pipe(Effect.provide(fileQueueAt(made.kugetsuHome)))
    const { code, stdout } = yield* made.run(["queue", "cancel", id])
    expect([code, stdout]).toEqual([
      0,
      `${id} is being cancelled: its run ${run} has not begun, and is ended before its agent starts\n`,
    ])
    yield* made.daemon()
    expect(yield* made.untilIn("done", id)).toMatchObject({ state: "error", error: "cancelled" })
    expect(agentsStarted(made)).toBe(0)
  }),
)

effectTest("no agent is started for an item that was cancelled while its run made ready, even without a daemon", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    made.opencode.plan({ ...hanging, import: { delayMs: 3000 } })
    const daemon = yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const supervised = yield* until("a supervisor", () => {
      const runs = path.join(made.kugetsuHome, "runs")
      const [run] = fs.existsSync(runs) ? fs.readdirSync(runs) : []
      return run !== undefined && fs.existsSync(path.join(runs, run, "supervisor.json")) && path.join(runs, run)
    })
    yield* Effect.sleep(300)
    daemon.kill("SIGKILL")
    yield* cancelOnly(made, id)
    expect(fs.existsSync(path.join(supervised, "started.json"))).toBe(false)
    const exit = path.join(supervised, "exit.json")
    yield* until("its outcome", () => fs.existsSync(exit))
    expect(JSON.parse(fs.readFileSync(exit, "utf8"))).toMatchObject({
      outcome: "stopped",
      evidence: [expect.stringContaining("kugetsu queue cancel")],
    })
    expect(agentsStarted(made)).toBe(0)
    yield* made.daemon()
    expect(yield* made.untilIn("done", id)).toMatchObject({ state: "error", error: "stopped" })
  }),
)

effectTest("a run whose item was cancelled is ended by the daemon when who cancelled it did not come to that", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(hanging)
    yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const run = yield* made.untilRuns(id)
    yield* cancelOnly(made, id)
    expect(yield* made.untilIn("done", id)).toMatchObject({ state: "error", error: "stopped", run })
    expect((yield* made.answer(["logs", run])).exit.evidence[0]).toContain("kugetsu queue cancel")
  }),
)
