import { expect } from "bun:test"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { carriersOf } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { type QueueStage, queueStage, ref, until } from "../kit/queueStage.ts"

const quick: FakePlan = { run: { events: goodTurn("well") } }
const hanging: FakePlan = { run: { events: goodTurn("working"), hang: true } }

const startedMessages = ({ opencode }: QueueStage) =>
  opencode.starts().flatMap(({ args, stdin }) => (args[0] === "run" ? [stdin?.trimEnd().split("\n").at(-1)] : []))

effectTest("a fresh queue is empty, and counts say so", () =>
  Effect.gen(function* () {
    const { answer, run } = yield* queueStage()
    expect(yield* answer(["queue", "list"])).toEqual([])
    expect(yield* answer(["queue", "stats"])).toEqual({
      total: 0,
      pending: 0,
      notified: 0,
      completed: 0,
      error: 0,
      bad: 0,
    })
    expect((yield* run(["queue", "list"])).stdout).toStartWith("ITEM")
  }),
)

effectTest("what waits is listed in the order in which it may start, for people and for programs", () =>
  Effect.gen(function* () {
    const { answer, delegate, run } = yield* queueStage()
    const usual = yield* delegate(["one", "--issue", ref(1)])
    const { id: urgent } = yield* answer(["queue", "enqueue", ref(2), "two", "--priority", "5"])
    const late = yield* delegate(["three", "--priority=-5"])
    const items: ReadonlyArray<QueueItem> = yield* answer(["queue", "list", "--state", "pending"])
    expect(items.map(({ id }) => id as string)).toEqual([urgent, usual, late])
    expect(yield* answer(["queue", "list", "--state", "error"])).toEqual([])
    const { stdout } = yield* run(["queue", "list"])
    const rows = stdout.trimEnd().split("\n").slice(1)
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4))).toEqual([
      [urgent, "pending", ref(2), "5"],
      [usual, "pending", ref(1), "0"],
      [late, "pending", "(pm-agent)", "-5"],
    ])
  }),
)

effectTest("an item that waits is cancelled for good, and retried on demand", () =>
  Effect.gen(function* () {
    const { answer, delegate, item, json } = yield* queueStage()
    const id = yield* delegate(["one", "--issue", ref(1), "--not-before", "1h"])
    const cancelled = yield* answer(["queue", "cancel", id])
    expect(cancelled).toMatchObject({ id, state: "error", error: "cancelled" })
    const twice = yield* json(["queue", "cancel", id])
    expect([twice.code, twice.answer.error]).toEqual([1, "ItemEnded"])
    expect(yield* answer(["queue", "retry", id])).toMatchObject({ id, state: "pending", attempts: 0, not_before: null })
    expect((yield* item(id)).state).toBe("pending")
    const waiting = yield* json(["queue", "retry", id])
    expect([waiting.code, waiting.answer.error]).toEqual([1, "ItemNotInError"])
    for (const verb of ["cancel", "retry"]) {
      const unknown = yield* json(["queue", verb, "q_1795161012345_k3f9qa"])
      expect([unknown.code, unknown.answer.error]).toEqual([1, "ItemUnknown"])
      expect((yield* json(["queue", verb, "../../config"])).code).toBe(64)
    }
  }),
)

effectTest("clear forgets what ended longer ago than it is kept, and nothing that waits", () =>
  Effect.gen(function* () {
    const { answer, delegate, kugetsuHome, run } = yield* queueStage()
    const waiting = yield* delegate(["waits"])
    const [fresh, old] = [yield* delegate(["fresh"]), yield* delegate(["old"])]
    for (const id of [fresh, old]) yield* answer(["queue", "cancel", id])
    const file = path.join(kugetsuHome, "queue", "done", `${old}.json`)
    const longAgo = new Date(Date.now() - 8 * 86_400_000).toISOString()
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), completed_at: longAgo }))
    expect(yield* answer(["queue", "clear"])).toEqual({ cleared: 1, items: [old] })
    expect((yield* run(["queue", "clear", "--all"])).stdout).toBe("cleared 1\n")
    const left: ReadonlyArray<QueueItem> = yield* answer(["queue", "list"])
    expect(left.map(({ id }) => id as string)).toEqual([waiting])
  }),
)

effectTest("a record that cannot be understood is shown with its reason, and hides no other", () =>
  Effect.gen(function* () {
    const { answer, delegate, kugetsuHome, run } = yield* queueStage()
    const id = yield* delegate(["one"])
    fs.writeFileSync(path.join(kugetsuHome, "queue", "items", "q_broken.json"), "{")
    const { code, stderr, stdout } = yield* run(["queue", "list", "--json"])
    expect([code, JSON.parse(stdout).map((item: QueueItem) => item.id)]).toEqual([0, [id]])
    expect(stderr).toContain(path.join(kugetsuHome, "queue", "bad", "q_broken.json"))
    expect((yield* answer(["queue", "stats"])).bad).toBe(1)
    expect((yield* answer(["status"])).quarantined).toMatchObject([{ name: "q_broken.json" }])
    expect(yield* answer(["explain", "q_broken"])).toMatchObject({ running: false, gate: "error" })
  }),
)

effectTest("a paused queue starts nothing, also after a restart, until it is resumed", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(quick)
    expect(yield* made.answer(["queue", "pause"])).toEqual({ paused: true, since: expect.any(String) })
    expect((yield* made.run(["queue", "list"])).stderr).toContain("queue resume")
    yield* made.answer(["queue-daemon", "start"])
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    yield* made.answer(["queue-daemon", "restart"])
    expect(yield* made.answer(["explain", id])).toMatchObject({ running: false, gate: "paused" })
    expect((yield* made.answer(["status"])).paused).toBeString()
    expect(startedMessages(made)).toEqual([])
    expect(yield* made.answer(["queue", "resume"])).toEqual({ paused: false, since: null })
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
  }),
)

effectTest("a running item that is cancelled ends with its agent, and is not tried again", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(hanging)
    yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    const run = yield* made.untilRuns(id)
    const cancelled = yield* made.answer(["queue", "cancel", id])
    expect(cancelled).toMatchObject({ id, state: "error", error: "stopped", run })
    expect(carriersOf("KUGETSU_RUN", run)).toEqual([])
    const told = yield* made.answer(["notify", "list"])
    expect(told.at(-1)).toMatchObject({ type: "task_error", message: "stopped: stopped" })
    expect((yield* made.answer(["status"])).last_error).toMatchObject({ id, error: "stopped" })
    made.opencode.plan(quick)
    yield* made.answer(["queue", "retry", id])
    expect((yield* made.untilIn("done", id)).state).toBe("completed")
  }),
)

effectTest("stop on the issue of a running item ends it the same way", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(hanging)
    yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    yield* made.untilRuns(id)
    expect((yield* made.answer(["stop", ref(1)])).outcome).toBe("stopped")
    expect(yield* made.untilIn("done", id)).toMatchObject({ state: "error", error: "stopped", attempts: 1 })
  }),
)

effectTest("a higher priority goes first, equal ones in their order, and one issue has one agent at a time", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(quick)
    const ids = [
      yield* made.delegate(["first", "--issue", ref(1)]),
      yield* made.delegate(["second", "--issue", ref(1)]),
      yield* made.delegate(["urgent", "--issue", ref(2), "--priority", "9"]),
    ]
    yield* made.daemon({ MAX_CONCURRENT_AGENTS: "1" })
    for (const id of ids) expect((yield* made.untilIn("done", id)).state).toBe("completed")
    expect(startedMessages(made)).toEqual(["urgent", "first", "second"])
  }),
)

effectTest("no more agents run than may, whoever starts them, and the limit costs no attempt", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("working"), delayMs: 3000 } })
    const env = { MAX_CONCURRENT_AGENTS: "1" }
    yield* made.daemon(env)
    const first = yield* made.delegate(["one", "--issue", ref(1)])
    yield* made.untilRuns(first)
    const second = yield* made.delegate(["two", "--issue", ref(2)])
    expect(yield* made.answer(["explain", second], { env })).toMatchObject({ running: false, gate: "limit_reached" })
    expect((yield* made.json(["start", ref(3), "go"], { env })).code).toBe(2)
    yield* made.untilIn("done", first)
    expect(yield* made.untilIn("done", second)).toMatchObject({ state: "completed", attempts: 1 })
  }),
)

effectTest("a task that was put off starts when its time has come", () =>
  Effect.gen(function* () {
    const made = yield* queueStage(quick)
    yield* made.daemon()
    const id = yield* made.delegate(["later", "--issue", ref(1), "--not-before", "4s"])
    const due = Date.parse((yield* made.item(id)).not_before!)
    expect(yield* made.answer(["explain", id])).toMatchObject({ running: false, gate: "not_before" })
    const item = yield* made.untilIn("done", id)
    // a claim is named after its run, which is named after the second it was made in
    expect(Date.parse(item.notified_at!)).toBeGreaterThanOrEqual(due - 1000)
    const [{ requested_at }] = yield* made.answer(["logs"])
    expect(Date.parse(requested_at)).toBeGreaterThanOrEqual(due)
  }),
)

effectTest("a task that fails is tried three times, in the same session, and then given up with its last reason", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { exitCode: 3 } })
    yield* made.daemon()
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    for (const attempts of [1, 2]) {
      yield* until(`attempt ${attempts} ended`, () => attemptsOf(made, id) === attempts)
      const waits = yield* made.answer(["explain", id])
      expect([waits.gate, waits.detail.includes("tried again")]).toEqual(["not_before", true])
      // nobody wants to wait for the pause
      const file = path.join(made.kugetsuHome, "queue", "items", `${id}.json`)
      fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), not_before: null }))
    }
    const item = yield* made.untilIn("done", id)
    expect(item).toMatchObject({ state: "error", attempts: 3 })
    expect(item.error).toContain("exit code 3")
    const runs = yield* made.answer(["logs"])
    expect(runs.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["failed", "failed", "failed"])
    const told = yield* made.answer(["notify", "list"])
    expect(told.filter(({ type }: { type: string }) => type === "task_error")).toHaveLength(1)
  }),
)

const attemptsOf = ({ kugetsuHome }: QueueStage, id: string): number | null => {
  const file = path.join(kugetsuHome, "queue", "items", `${id}.json`)
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as QueueItem).attempts : null
}
