import { expect } from "bun:test"
import { carriersOf, identityOf } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type FakePlan, goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const commitAndPush = `printf 'x\\n' > new.txt && git add -A && git commit -qm '#1: work' && git push -q origin HEAD`
const ref = "example.org/ann/tool#1"

const stage = (plan: FakePlan) => Effect.tap(fakeStage(plan), (made) => Effect.sync(() => made.repository("tool")))

/** Nothing of a run is alive: no carrier of its token, not even one in a session of its own. */
const expectNothingAlive = (run: string, setsidPid: number | null) => {
  expect(carriersOf("KUGETSU_RUN", run)).toEqual([])
  if (setsidPid !== null) expect(identityOf(setsidPid)).toBeNull()
}

const rows: ReadonlyArray<{
  readonly name: string
  readonly plan: FakePlan
  readonly env?: Record<string, string>
  readonly outcome: string
  readonly code: number
  readonly evidence: RegExp
}> = [
  {
    name: "commits that were pushed are `committed`",
    plan: { run: { shell: commitAndPush, events: goodTurn("done") } },
    outcome: "committed",
    code: 0,
    evidence: /1 commit; pushed/,
  },
  {
    name: "an agent that changed nothing and says so is `no_change`",
    plan: { run: { events: goodTurn("it works already") } },
    outcome: "no_change",
    code: 0,
    evidence: /0 commits/,
  },
  {
    name: "an agent that is blocked needs a person",
    plan: { run: { events: goodTurn("BLOCKED: which colour?") } },
    outcome: "needs_input",
    code: 1,
    evidence: /cannot go on alone/,
  },
  {
    name: "exit 0 without a single event has failed",
    plan: { run: { exitCode: 0 } },
    outcome: "failed",
    code: 1,
    evidence: /without a single event/,
  },
  {
    name: "files that were changed and not committed are not done",
    plan: { run: { shell: "echo x > new.txt", events: goodTurn("done!") } },
    outcome: "failed",
    code: 1,
    evidence: /nothing was committed/,
  },
  {
    name: "an opencode that is killed with -9 has failed, by that signal",
    plan: { run: { events: goodTurn("so far so good"), signal: "SIGKILL" } },
    outcome: "failed",
    code: 1,
    evidence: /SIGKILL/,
  },
  {
    name: "lines of 5 MB and lines that are no JSON are read past",
    plan: { run: { events: ["not json\n", ...goodTurn("x".repeat(5_000_000)), ...goodTurn("fine")] } },
    outcome: "no_change",
    code: 0,
    evidence: /6 events, 1 lines that are none/,
  },
  {
    name: "a model that never answers runs into the start-up clock, and leaves no process",
    plan: { run: { hang: true, setsidChild: true } },
    env: { TASK_STARTUP_TIMEOUT_MINUTES: "0.04" },
    outcome: "idle_timed_out",
    code: 1,
    evidence: /no first event within/,
  },
  {
    name: "an agent that falls silent runs into the idle clock, even one that ignores TERM",
    plan: { run: { events: goodTurn("thinking"), hang: true, setsidChild: true, ignoreTerm: true } },
    env: { TASK_IDLE_TIMEOUT_MINUTES: "0.02" },
    outcome: "idle_timed_out",
    code: 1,
    evidence: /no output and no work .* last seen: thinking/,
  },
  {
    name: "a silent agent that computes for more than the idle limit is not killed",
    plan: { run: { events: goodTurn("computing"), burnMs: 3000 } },
    env: { TASK_IDLE_TIMEOUT_MINUTES: "0.02" },
    outcome: "no_change",
    code: 0,
    evidence: /exit code 0/,
  },
  {
    name: "a run that goes on and on runs into the total clock",
    plan: { run: { events: goodTurn("on and on"), burnMs: 60_000, setsidChild: true } },
    env: { TASK_TIMEOUT_HOURS: "0.0005" },
    outcome: "timed_out",
    code: 1,
    evidence: /whole limit/,
  },
  {
    name: "an agent that leaves the issue's branch has failed, although it committed and pushed",
    plan: {
      run: {
        shell: "git switch -qc other && git commit -q --allow-empty -m x && git push -q origin other",
        events: goodTurn("done"),
      },
    },
    outcome: "failed",
    code: 1,
    evidence: /left the issue's branch for other/,
  },
  {
    name: "commits on the branch count when another commit is checked out in the end",
    plan: { run: { shell: `${commitAndPush} && git switch -q --detach origin/main`, events: goodTurn("done") } },
    outcome: "committed",
    code: 0,
    evidence: /1 commit; pushed; no branch is checked out/,
  },
  {
    name: "other people's commits that were merged are not the agent's work",
    plan: {
      run: {
        shell:
          "git clone -q $(git remote get-url origin) $TMPDIR/bob && git -C $TMPDIR/bob commit -q --allow-empty -m bob && git -C $TMPDIR/bob push -q origin HEAD && git fetch -q && git merge -q --ff-only origin/main",
        events: goodTurn("up to date"),
      },
    },
    outcome: "no_change",
    code: 0,
    evidence: /0 commits/,
  },
  {
    name: "work that git cannot tell of is not done",
    plan: { run: { shell: `${commitAndPush}; rm .git`, events: goodTurn("done") } },
    outcome: "failed",
    code: 1,
    evidence: /could not be learnt/,
  },
  {
    name: "an orphan of the agent that ended is gone, so that an agent can wait for its end",
    plan: {
      run: {
        shell:
          "sh -c 'sleep 0.3 & echo $! > $TMPDIR/pid'; while kill -0 $(cat $TMPDIR/pid) 2> /dev/null; do sleep 0.1; done",
        events: goodTurn("it ended"),
      },
    },
    env: { TASK_TIMEOUT_HOURS: "0.005" },
    outcome: "no_change",
    code: 0,
    evidence: /exit code 0/,
  },
]

for (const row of rows) {
  effectTest(row.name, () =>
    Effect.gen(function* () {
      const { env, json, opencode } = yield* stage(row.plan)
      const { answer, code } = yield* json(["start", ref, "go"], { env: { ...env, ...row.env } })
      expect([answer.outcome, code, answer.code]).toEqual([row.outcome, row.code, row.code])
      expect(answer.evidence.join("; ")).toMatch(row.evidence)
      expectNothingAlive(answer.run, opencode.setsidPid())
    }),
  )
}

effectTest("an opencode that is not there is a failure of its own, exit 69, with what to do", () =>
  Effect.gen(function* () {
    const { env, json } = yield* stage({})
    const { answer, code } = yield* json(["start", ref, "go"], { env: { ...env, OPENCODE_BIN: "/nowhere/opencode" } })
    expect([answer.outcome, code]).toEqual(["failed", 69])
    expect(answer.evidence.join("; ")).toContain("/nowhere/opencode")
  }),
)

effectTest("a remote that cannot be reached is exit 69 before any agent starts", () =>
  Effect.gen(function* () {
    const { json, opencode, repository } = yield* stage({})
    fs.rmSync(repository("gone"), { recursive: true })
    const before = opencode.starts().length
    const { answer, code } = yield* json(["start", "example.org/ann/gone#1", "go"])
    expect([answer.outcome, code]).toEqual(["failed", 69])
    expect(opencode.starts().length).toBe(before)
  }),
)

effectTest("no agent starts where nobody is named as the author of commits", () =>
  Effect.gen(function* () {
    const { env, json, opencode } = yield* stage({})
    const nameless = { ...env, GIT_AUTHOR_NAME: undefined, GIT_AUTHOR_EMAIL: undefined }
    const { answer, code } = yield* json(["start", ref, "go"], { env: nameless })
    expect([answer.outcome, code]).toEqual(["failed", 69])
    expect(answer.evidence.join("; ")).toContain("GIT_AUTHOR_NAME")
    expect(opencode.starts().filter(({ args }) => args[0] === "run")).toEqual([])
  }),
)

/** The first `run` of the fake, once it has started. */
const untilStarted = Effect.fnUntraced(function* (made: Effect.Success<ReturnType<typeof fakeStage>>) {
  const runs = path.join(made.kugetsuHome, "runs")
  for (;;) {
    const run = fs.existsSync(runs) ? fs.readdirSync(runs)[0] : undefined
    if (run !== undefined && fs.existsSync(path.join(runs, run, "agent.json")) && made.opencode.setsidPid() !== null) {
      return run
    }
    yield* Effect.sleep(20)
  }
})

const hanging: FakePlan = { run: { events: goodTurn("working"), hang: true, setsidChild: true, ignoreTerm: true } }

effectTest("a second start on an issue with a running agent is refused by name, and stop ends the first", () =>
  Effect.gen(function* () {
    const made = yield* stage(hanging)
    const first = made.start(["start", ref, "go", "--json"])
    const run = yield* untilStarted(made)
    const second = yield* made.json(["start", "Example.org/Ann/Tool#1", "me too"])
    expect([second.code, second.answer.error]).toEqual([75, "IssueBusy"])
    expect(second.answer.message).toContain(run)

    const stopped = yield* made.json(["stop", ref])
    expect([stopped.code, stopped.answer.outcome]).toEqual([0, "stopped"])
    const answer = JSON.parse(yield* Effect.promise(() => new Response(first.stdout).text()))
    expect([answer.outcome, yield* Effect.promise(() => first.exited)]).toEqual(["stopped", 130])
    expectNothingAlive(run, made.opencode.setsidPid())
  }),
)

effectTest("Ctrl-C lets go of a run, and twice stops it with all its processes", () =>
  Effect.gen(function* () {
    const made = yield* stage(hanging)
    const first = made.start(["start", ref, "go"])
    const run = yield* untilStarted(made)
    first.kill("SIGINT")
    expect(yield* Effect.promise(() => first.exited)).toBe(130)
    expect(carriersOf("KUGETSU_RUN", run).length).toBeGreaterThan(0)

    const stopped = yield* made.json(["stop", ref])
    expect(stopped.answer.outcome).toBe("stopped")
    const second = made.start(["continue", ref])
    const runs = path.join(made.kugetsuHome, "runs")
    let newest = run
    while (newest === run || !fs.existsSync(path.join(runs, newest, "agent.json"))) {
      newest = fs.readdirSync(runs).sort().at(-1)!
      yield* Effect.sleep(20)
    }
    second.kill("SIGINT")
    yield* Effect.sleep(600) // longer than the time in which two signals count as one
    second.kill("SIGINT")
    expect(yield* Effect.promise(() => second.exited)).toBe(130)
    expectNothingAlive(newest, made.opencode.setsidPid())
    expect(JSON.parse(fs.readFileSync(path.join(runs, newest, "exit.json"), "utf8")).outcome).toBe("stopped")
  }),
)

effectTest("a supervisor that is killed with -9 leaves a run that is lost, and an issue that can go on", () =>
  Effect.gen(function* () {
    const made = yield* stage(hanging)
    const first = made.start(["start", ref, "go", "--json"])
    const run = yield* untilStarted(made)
    const { supervisor } = JSON.parse(
      fs.readFileSync(path.join(made.kugetsuHome, "runs", run, "supervisor.json"), "utf8"),
    )
    process.kill(supervisor.pid, "SIGKILL")
    const answer = JSON.parse(yield* Effect.promise(() => new Response(first.stdout).text()))
    expect([answer.outcome, yield* Effect.promise(() => first.exited)]).toEqual(["lost", 1])
    expectNothingAlive(run, made.opencode.setsidPid())

    made.opencode.plan({ run: { events: goodTurn("going on") } })
    expect((yield* made.json(["continue", ref])).answer.outcome).toBe("no_change")
  }),
)

effectTest("start on a worktree with work in it keeps all of it", () =>
  Effect.gen(function* () {
    const made = yield* stage({ run: { events: goodTurn("looked") } })
    yield* made.json(["start", ref, "go"])
    const worktree = made.worktree("tool", "1")
    fs.writeFileSync(path.join(worktree, "untracked.txt"), "precious")
    fs.writeFileSync(path.join(worktree, "README.md"), "changed")
    const { answer } = yield* made.json(["start", ref, "again"])
    expect(answer.outcome).toBe("no_change")
    expect(fs.readFileSync(path.join(worktree, "untracked.txt"), "utf8")).toBe("precious")
    expect(fs.readFileSync(path.join(worktree, "README.md"), "utf8")).toBe("changed")
  }),
)

effectTest("tokens and cost are shown of a run and of its issue, and a run that is gone stays in the sum", () =>
  Effect.gen(function* () {
    const made = yield* stage({ run: { events: goodTurn("looked") } })
    const { answer } = yield* made.json(["start", ref, "go"])
    fs.rmSync(path.join(made.kugetsuHome, "runs", answer.run), { recursive: true })
    const { stdout } = yield* made.run(["start", ref, "again"])
    expect(stdout).toContain("used          100 tokens in, 10 out")
    const tokens = { input: 200, output: 20, reasoning: 0, cache_read: 0, cache_write: 0 }
    expect((yield* made.json(["list"])).answer.at(-1).usage).toEqual({ runs: 2, tokens, cost: 0 })
    const shown = yield* made.json(["logs", ref])
    expect([shown.answer.usage.tokens.input, shown.answer.issue_usage]).toEqual([100, { runs: 2, tokens, cost: 0 }])
    expect((yield* made.run(["logs", ref])).stdout).toContain("in all        200 tokens in, 20 out, in 2 runs")
    expect((yield* made.run(["list"])).stdout).toMatch(/USED +AGE[^]* 220 /)
    expect((yield* made.run(["logs"])).stdout).toMatch(/USED +AGE[^]* 110 /)
  }),
)

effectTest("no more agents run than may: the next start is exit 2 and leaves nothing", () =>
  Effect.gen(function* () {
    const made = yield* stage(hanging)
    const env = { ...made.env, MAX_CONCURRENT_AGENTS: "1" }
    made.start(["start", ref, "go"], { env })
    yield* untilStarted(made)
    const second = yield* made.json(["start", "example.org/ann/tool#2", "go"], { env })
    expect([second.code, second.answer.error]).toEqual([2, "LimitReached"])
    expect((yield* made.json(["list"])).answer.map((one: { issue_ref: string }) => one.issue_ref)).not.toContain(
      "example.org/ann/tool#2",
    )
    yield* made.json(["stop", ref])
  }),
)

effectTest("a preparation that fails leaves no process, not even one in a session of its own", () =>
  Effect.gen(function* () {
    const made = yield* stage({})
    made.opencode.plan({ import: { setsidChild: true, exitCode: 3 } })
    const { answer } = yield* made.json(["start", ref, "go"])
    expect(answer.outcome).toBe("failed")
    expectNothingAlive(answer.run, made.opencode.setsidPid())
  }),
)

effectTest("a run whose temporary directory cannot be made says so", () =>
  Effect.gen(function* () {
    const made = yield* stage({})
    const noDirectory = path.join(made.home, "file")
    fs.writeFileSync(noDirectory, "")
    const { answer, code } = yield* made.json(["start", ref, "go"], { env: { ...made.env, TMPDIR: noDirectory } })
    expect([answer.outcome, code]).toEqual(["failed", 74])
    expect(answer.evidence.join("; ")).toContain(noDirectory)
  }),
)
