import { expect } from "bun:test"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { carriersOf, identityOf } from "@kugetsu/core/system/ProcessTable"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { runId, runRequest } from "../kit/records.ts"
import { until } from "../kit/queueStage.ts"
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

effectTest("a turn that came to its own good end is judged by it, though the end is asked for during the sweep", () =>
  Effect.gen(function* () {
    const made = yield* stage({})
    const pid = path.join(path.dirname(made.opencode.program), "setsid.pid")
    const child = `(trap '' TERM; exec setsid sleep 600) & echo $! > '${pid}'`
    made.opencode.plan({ run: { events: goodTurn("done"), shell: child } })
    const first = made.start(["start", ref, "go", "--json"])
    const run = yield* untilBusy(made)
    while (!fs.existsSync(made.fileOf(run, "agent.json"))) yield* Effect.sleep(5)
    const { agent } = made.recordOf(run, "agent.json")
    while (identityOf(agent.pid) !== null) yield* Effect.sleep(5)
    // its child is let live for a moment
    expect(identityOf(made.opencode.setsidPid()!)).not.toBeNull()
    process.kill(made.recordOf(run, "supervisor.json").supervisor.pid, "SIGTERM")
    const { answer, code } = yield* outcomeOf(first)
    expect([answer.outcome, answer.interrupted, code]).toEqual(["no_change", false, 0])
    expectNothingAlive(run, made)
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

effectTest("a preparation that hangs ends its run with that reason, and leaves no process", () =>
  Effect.gen(function* () {
    const made = yield* stage({ import: hanging })
    const run = runId("hangs1")
    yield* Effect.flatMap(Runs, (runs) => runs.create(runRequest(run, { issue_ref: ref }))).pipe(
      Effect.provide(Layer.provide(Runs.layer, KugetsuHome.at(made.kugetsuHome))),
    )
    const program = path.join(import.meta.dirname, "supervise.program.ts")
    const child = Bun.spawn([process.execPath, program, run, "3000"], { env: made.env })
    expect(yield* Effect.promise(() => child.exited)).toBe(0)
    expect(made.recordOf(run, "exit.json")).toMatchObject({
      outcome: "failed",
      interrupted: false,
      started_at: null,
      failure: { error: "PreparationTimedOut", code: 69, message: expect.stringContaining("within 0.05 min") },
    })
    expect(carriersOf("KUGETSU_RUN", run)).toEqual([])
    expect(made.wordsStarted()).not.toContain("run")
  }),
)

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

effectTest("an agent that leaves its place has failed; its session is out of use, and a copy of it goes on", () =>
  Effect.gen(function* () {
    const leave = "git switch -q -c other && git remote set-url origin /another/repository"
    const made = yield* stage({ run: [{ shell: leave, events: goodTurn("gone") }, { events: goodTurn("back") }] })
    const { answer, code } = yield* made.json(["start", ref, "go"])
    const ties = answer.misplaced.map(({ tie }: { readonly tie: string }) => tie)
    expect([answer.outcome, code, ties]).toEqual(["failed", 1, ["branch", "remote"]])
    expect(answer.evidence[0]).toContain("found /another/repository")

    const quarantine = path.join(made.kugetsuHome, "quarantine")
    const told = yield* until("somebody is told", () => {
      const ids = fs.existsSync(quarantine) ? fs.readdirSync(quarantine) : []
      const news = fs.readFileSync(path.join(made.kugetsuHome, "notifications.json"), "utf8")
      return ids.some((id) => news.includes(path.join(quarantine, id)))
    })
    expect(told).toBe(true)
    expect((yield* made.json(["list"])).answer.at(-1)).toMatchObject({ issue_ref: ref, session_id: null })

    const again = yield* made.json(["continue", ref])
    expect([again.answer.outcome, again.answer.failure.error]).toEqual(["failed", "CloneUrlChanged"])
    made.git.run(answer.worktree_path, "remote", "set-url", "origin", path.join(made.git.dir, "tool.git"))
    made.git.run(answer.worktree_path, "switch", "-q", "fix/issue-1")
    const back = yield* made.json(["continue", ref])
    expect([back.answer.outcome, back.code]).toEqual(["no_change", 0])
    expect(back.answer.session_id).not.toBe(answer.session_id)
  }),
)
