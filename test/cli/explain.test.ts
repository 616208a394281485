import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref } from "../kit/queueStage.ts"

effectTest("without a daemon that is the gate, with the command that starts it and what stands behind it", () =>
  Effect.gen(function* () {
    const { answer, delegate, run } = yield* queueStage()
    const id = yield* delegate(["go", "--issue", ref(1), "--not-before", "1h"])
    const explanation = yield* answer(["explain", id])
    expect(explanation).toEqual({
      running: false,
      gate: "no_daemon",
      detail: expect.stringMatching(/kugetsu queue-daemon start; besides, it was put off/),
      until: expect.any(String),
    })
    expect(yield* answer(["explain", "https://example.org/ann/tool/issues/1"])).toEqual(explanation)
    expect((yield* run(["explain", ref(1)])).stdout).toBe(`no_daemon  ${explanation.detail}\n`)
  }),
)

effectTest("what nobody knows of is unknown, exit 1, and what is no name is wrong usage", () =>
  Effect.gen(function* () {
    const { json } = yield* queueStage()
    for (const which of ["q_1795161012345_k3f9qa", ref(1)]) {
      const { answer, code } = yield* json(["explain", which])
      expect([code, answer]).toEqual([
        1,
        { running: false, gate: "unknown", detail: expect.stringContaining(which), until: null },
      ])
    }
    expect((yield* json(["explain", "nonsense"])).code).toBe(64)
  }),
)

effectTest("behind a run that a person started its issue is busy, and the run is named; both end well", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("working"), delayMs: 5000 } })
    yield* made.daemon()
    const { run } = yield* made.answer(["start", ref(1), "by hand", "--detach"])
    const id = yield* made.delegate(["go", "--issue", ref(1)])
    expect(yield* made.answer(["explain", id])).toMatchObject({
      running: false,
      gate: "issue_busy",
      detail: expect.stringContaining(run),
    })
    expect((yield* made.answer(["explain", ref(1)])).detail).toContain(run)
    const item = yield* made.untilIn("done", id)
    expect(item).toMatchObject({ state: "completed", attempts: 1 })
    expect(yield* made.answer(["explain", id])).toMatchObject({
      running: false,
      gate: "completed",
      detail: expect.stringContaining(`run ${item.run} came to no_change`),
    })
  }),
)

effectTest("a record that keeps a task from being started is named, and the tasks behind it go on", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { events: goodTurn("well") } })
    const session = `${made.kugetsuHome}/sessions/example.org-ann-tool-1.json`
    yield* Effect.promise(() => Bun.write(session, "{"))
    const stuck = yield* made.delegate(["go", "--issue", ref(1)])
    const other = yield* made.delegate(["go", "--issue", ref(2)])
    const daemon = yield* made.daemon()
    expect((yield* made.untilIn("done", other)).state).toBe("completed")
    expect(yield* made.answer(["explain", stuck])).toMatchObject({
      gate: "held_back",
      detail: expect.stringContaining(session),
    })
    yield* Effect.promise(() => Bun.file(session).delete())
    // a new daemon does not wait for the time for which the old one lets it alone
    daemon.kill()
    yield* Effect.promise(() => daemon.exited)
    yield* made.daemon()
    expect((yield* made.untilIn("done", stuck)).state).toBe("completed")
  }),
)

effectTest("explain's text is the gate and the reason in one line, for what runs, waits, ended and was put aside", () =>
  Effect.gen(function* () {
    const made = yield* queueStage()
    const go = `${made.home}/go`
    const shell = `while [ ! -e "${go}" ]; do sleep 0.1; done`
    made.opencode.plan({ run: { shell, events: goodTurn("well") } })
    const text = (which: string) => Effect.map(made.run(["explain", which]), ({ stdout }) => stdout)
    yield* made.daemon()
    const one = yield* made.delegate(["go", "--issue", ref(1)])
    const run = yield* made.untilRuns(one)
    const two = yield* made.delegate(["go on", "--issue", ref(1)])
    const three = yield* made.delegate(["and on", "--issue", ref(1)])
    for (const which of [one, ref(1)]) expect(yield* text(which)).toMatch(`running  run ${run} is at work since 2`)
    expect(yield* text(two)).toBe(`issue_busy  an agent is at work on ${ref(1)}, in run ${run}\n`)
    yield* made.answer(["queue", "pause"])
    expect(yield* text(three)).toBe("paused  the queue is paused; kugetsu queue resume ends it\n")
    fs.writeFileSync(go, "")
    yield* made.untilIn("done", one)
    expect(yield* text(one)).toBe(
      `completed  run ${run} came to no_change: the agent changed nothing, and says why; exit code 0; 3 events; 0 commits\n`,
    )
    yield* made.answer(["queue", "cancel", two])
    expect(yield* text(two)).toBe("error  cancelled\n")
    fs.writeFileSync(`${made.kugetsuHome}/queue/items/q_broken.json`, "{")
    yield* made.answer(["queue", "list"])
    expect(yield* text("q_broken")).toStartWith(
      `error  its record cannot be understood and was put aside as ${made.kugetsuHome}/queue/bad/q_broken.json: `,
    )
    expect(yield* text("q_nobody")).toBe("unknown  there is no item q_nobody in the queue\n")
    expect(yield* text(ref(9))).toBe(`unknown  nothing is queued for ${ref(9)}, and no run of it is kept\n`)
  }),
)
