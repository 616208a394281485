import { expect } from "bun:test"
import { carriersOf, identityOf } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const ref = "example.org/ann/tool#1"

/** A stage whose opencode follows the plan after `init`. */
const stage = Effect.fnUntraced(function* (plan: FakePlan) {
  const made = yield* fakeStage()
  made.repository("tool")
  made.opencode.plan(plan)
  const before = made.opencode.starts().length
  const fileOf = (run: string, name: string) => path.join(made.kugetsuHome, "runs", run, name)
  return {
    ...made,
    fileOf,
    recordOf: (run: string, name: string) => JSON.parse(fs.readFileSync(fileOf(run, name), "utf8")),
    /** The words with which the engine was started since then. */
    wordsStarted: () =>
      made.opencode
        .starts()
        .slice(before)
        .map(({ args }) => args[0]),
  }
})
type Stage = Effect.Success<ReturnType<typeof stage>>

/** The only run, once the engine has left its child behind. */
const untilBusy = Effect.fnUntraced(function* ({ kugetsuHome, opencode }: Stage) {
  while (opencode.setsidPid() === null) yield* Effect.sleep(20)
  return fs.readdirSync(path.join(kugetsuHome, "runs"))[0]!
})

const outcomeOf = (first: ReturnType<Stage["start"]>) =>
  Effect.promise(async () => {
    const answer = JSON.parse(await new Response(first.stdout).text())
    return { answer, code: await first.exited }
  })

const expectNothingAlive = (run: string, { opencode }: Stage) => {
  expect(carriersOf("KUGETSU_RUN", run)).toEqual([])
  expect(identityOf(opencode.setsidPid()!)).toBeNull()
}

const hanging = { hang: true, setsidChild: true, ignoreTerm: true }

effectTest("a run that was started before is refused by its own program, and nothing is started", () =>
  Effect.gen(function* () {
    const made = yield* stage({ run: { events: goodTurn("done") } })
    const { answer } = yield* made.json(["start", ref, "go"])
    const started = made.wordsStarted()
    for (const missing of [[], ["exit.json"]]) {
      for (const name of missing) fs.rmSync(made.fileOf(answer.run, name))
      const again = yield* made.run(["agent-run", answer.run])
      expect([again.code, again.stderr.includes("RunStartedBefore")]).toEqual([73, true])
    }
    expect(made.wordsStarted()).toEqual(started)
    expect(fs.existsSync(made.fileOf(answer.run, "exit.json"))).toBe(false)
  }),
)

effectTest("a supervisor that is asked to end without anybody's wish leaves a lost run that was interrupted", () =>
  Effect.gen(function* () {
    const made = yield* stage({ run: { events: goodTurn("working"), ...hanging } })
    const first = made.start(["start", ref, "go", "--json"])
    const run = yield* untilBusy(made)
    process.kill(made.recordOf(run, "supervisor.json").supervisor.pid, "SIGTERM")
    const { answer, code } = yield* outcomeOf(first)
    expect([answer.outcome, answer.interrupted, code]).toEqual(["lost", true, 1])
    expectNothingAlive(run, made)
    expect((yield* made.json(["list"])).answer.at(-1)).toMatchObject({ issue_ref: ref, state: "idle", run })
  }),
)

for (const [name, end, outcome, interrupted, code] of [
  ["stop", (made: Stage) => made.run(["stop", ref]), "stopped", false, 130],
  [
    "the end of its supervisor",
    (made: Stage, run: string) =>
      Effect.sync(() => process.kill(made.recordOf(run, "supervisor.json").supervisor.pid, "SIGTERM")),
    "lost",
    true,
    1,
  ],
] as const) {
  effectTest(`a run that is still being made ready ends with ${name}, and leaves no process`, () =>
    Effect.gen(function* () {
      const made = yield* stage({ import: hanging })
      const first = made.start(["start", ref, "go", "--json"])
      const run = yield* untilBusy(made)
      yield* end(made, run)
      const ended = yield* outcomeOf(first)
      expect([ended.answer.outcome, ended.answer.interrupted, ended.code]).toEqual([outcome, interrupted, code])
      expectNothingAlive(run, made)
      expect(made.wordsStarted()).not.toContain("run")

      made.opencode.plan({ run: { events: goodTurn("going on") } })
      expect((yield* made.json(["continue", ref])).answer.outcome).toBe("no_change")
    }),
  )
}

effectTest("a provider that puts one off for ever is asked again after a day", () =>
  Effect.gen(function* () {
    for (const [after, waitS] of [
      ["100000000000000", 86_400],
      ["9".repeat(400), 600],
    ] as const) {
      const data = {
        message: "slow down",
        statusCode: 429,
        isRetryable: true,
        responseHeaders: { "retry-after": after },
      }
      const refusal = { type: "error", timestamp: Date.now(), sessionID: "ses_fake", error: { name: "APIError", data } }
      const made = yield* stage({ run: { events: [refusal], exitCode: 1 } })
      const { answer, code } = yield* made.json(["start", ref, "go"])
      const waitedS = (Date.parse(answer.not_before) - Date.parse(answer.finished_at)) / 1000
      expect([answer.outcome, code, waitedS]).toEqual(["quota_wait", 69, waitS])
    }
  }),
)
