import { expect } from "bun:test"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { type FakeAct, goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, ref } from "../kit/queueStage.ts"

const HOUR_MS = 3_600_000

/** That the provider's Retry-After is two hours, as opencode says it to its plugins. */
const waits = (): string =>
  `kugetsu.waits ${JSON.stringify({ at: Date.now(), next: Date.now() + 2 * HOUR_MS, message: "slow down" })}`

/** What it does then: it waits. */
const putOff = (): FakeAct => ({ stderr: `${waits()}\n`, hang: true })

/** And when it is ended, it may say that its turn was aborted, and that all is well. */
const aborted: FakeAct = {
  onTerm: {
    events: [
      {
        type: "error",
        timestamp: Date.now(),
        sessionID: "ses_fake",
        error: { name: "MessageAbortedError", data: { message: "Aborted" } },
      },
    ],
    exitCode: 0,
  },
}

/** What it does when it has been refused often enough. */
const refused = (seconds: number): FakeAct => ({
  events: [
    {
      type: "error",
      timestamp: Date.now(),
      sessionID: "ses_fake",
      error: {
        name: "APIError",
        data: { message: "slow down", statusCode: 429, responseHeaders: { "retry-after": String(seconds) } },
      },
    },
  ],
  exitCode: 1,
})

effectTest("an agent that its provider puts off for hours ends at once, with the time, and exit 69", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: putOff() })
    const { answer, code } = yield* made.json(["start", ref(1), "go"])
    expect([answer.outcome, code, answer.clock]).toEqual(["quota_wait", 69, null])
    expect(answer.evidence[0]).toMatch(/quota, for another 7\d\d\d s/)
    const waitMs = Date.parse(answer.not_before) - Date.parse(answer.finished_at)
    expect([waitMs > 1.9 * HOUR_MS, waitMs < 2.1 * HOUR_MS]).toEqual([true, true])
    const shown = yield* made.run(["logs", ref(1)])
    expect(shown.stdout).toContain(`not before    ${answer.not_before}`)
  }),
)

effectTest("an agent that is ended because it is put off waits for its quota, whatever it makes of its end", () =>
  Effect.gen(function* () {
    const made = yield* queueStage({ run: { ...putOff(), ...aborted } })
    const { answer } = yield* made.json(["start", ref(1), "go"])
    expect([answer.outcome, answer.exit_code, answer.turn.error?.message]).toEqual(["quota_wait", 0, "Aborted"])
    expect(Date.parse(answer.not_before) - Date.parse(answer.finished_at)).toBeGreaterThan(1.9 * HOUR_MS)
  }),
)

effectTest("an agent that is put off while a tool of it works goes on", () =>
  Effect.gen(function* () {
    const tool = `echo '${waits()}' >&2; timeout 3 sh -c 'while :; do :; done'`
    const made = yield* queueStage({ run: { shell: tool, events: goodTurn("done meanwhile") } })
    const { answer } = yield* made.json(["start", ref(1), "go"])
    expect(answer.outcome).toBe("no_change")
  }),
)

effectTest(
  "a task that is put off gives its slot to the next one, and waits until then without losing an attempt",
  () =>
    Effect.gen(function* () {
      const made = yield* queueStage({ run: [putOff(), { events: goodTurn("done") }] })
      yield* made.daemon({ MAX_CONCURRENT_AGENTS: "1" })
      const first = yield* made.delegate([`fix it in ${ref(1)}`])
      yield* made.untilRuns(first)
      const second = yield* made.delegate([`fix it in ${ref(2)}`])
      expect((yield* made.untilIn("done", second)).state).toBe("completed")
      const waiting = yield* made.untilIn("items", first)
      expect([waiting.attempts, Date.parse(waiting.not_before!) - Date.now() > 1.9 * HOUR_MS]).toEqual([0, true])
      const news: ReadonlyArray<{ type: string; message: string }> = yield* made.answer(["notify", "list"])
      expect(news.find(({ type }) => type === "quota_wait")?.message).toContain(waiting.not_before!)
    }),
)

effectTest(
  "a task whose provider's quota is free again is done then, in the same session, and the waits cost no attempt",
  () =>
    Effect.gen(function* () {
      const made = yield* queueStage({ run: [refused(1), refused(1), refused(1), { events: goodTurn("done") }] })
      yield* made.daemon()
      const done = yield* made.untilIn("done", yield* made.delegate([`fix it in ${ref(1)}`]))
      expect([done.state, done.attempts]).toEqual(["completed", 1]) // the one that ended well
      const turns = made.opencode.starts().filter(({ args }) => args[0] === "run")
      expect(turns.length).toBe(4)
      expect(new Set(turns.map(({ args }) => args.find((word) => word.startsWith("--session=")))).size).toBe(1)
    }),
)
