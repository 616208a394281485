import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { opencodeBinary } from "../kit/opencode.ts"
import { until, queueStage, ref } from "../kit/queueStage.ts"
import { fakeStage } from "../kit/stage.ts"
import { filesOf } from "../kit/trashStage.ts"

interface Check {
  readonly area: string
  readonly subject: string
  readonly state: string
  readonly found: string
  readonly done: string | null
  readonly remedy: string | null
}

const of = (answer: { readonly checks: ReadonlyArray<Check> }, area: string) =>
  answer.checks.filter((check) => check.area === area).map(({ found, state }) => [state, found])

effectTest(
  "with a sound home and the real opencode all is well, the contract holds, and not a byte is written",
  () =>
    Effect.gen(function* () {
      const stage = yield* fakeStage({ run: { events: goodTurn("done") } })
      stage.repository("tool")
      yield* stage.run(["start", "example.org/ann/tool#1", "look"])
      const left = () => fs.readdirSync(stage.home).filter((name) => name.startsWith("kugetsu-"))
      const before = filesOf(stage.kugetsuHome)
      const { answer, code, stderr } = yield* stage.json(["doctor"], { env: { OPENCODE_BIN: opencodeBinary() } })
      expect([answer.checks.filter(({ state }: Check) => state === "problem"), code, answer.code]).toEqual([[], 0, 0])
      expect(stderr).toBe("")
      expect(filesOf(stage.kugetsuHome)).toEqual(before)
      expect(left()).toEqual([])
      expect(of(answer, "opencode")).toEqual([
        ["ok", "its version is 1.18.33"],
        ["ok", "a session, a turn and an export went as they must"],
      ])
      expect(of(answer, "worktrees")).toEqual([["ok", "it is there, on fix/issue-1"]])
      expect(of(answer, "databases").map(([state]) => state)).toEqual(["ok", "ok", "ok"])
      expect(Object.keys(answer.checks[0])).toEqual(["area", "subject", "state", "found", "done", "remedy"])
    }),
  60_000,
)

effectTest(
  "an opencode that fails its probe is told, and with --fix no agent is started with it until one passes",
  () =>
    Effect.gen(function* () {
      const { answer, daemon, delegate, env, json, kugetsuHome, opencode, run, untilIn } = yield* queueStage({
        version: "1.99.0",
        run: { events: goodTurn("I did nothing") },
      })
      const fault = "it does not do what it must: its tools worked in no directory, not in that of the session"
      const seen = yield* json(["doctor"])
      expect([seen.code, of(seen.answer, "opencode")]).toEqual([
        1,
        [
          ["warning", "its version is 1.99.0, and kugetsu is tested with 1.18.33 and later, before 1.19.0"],
          ["problem", fault],
        ],
      ])
      expect(fs.existsSync(path.join(kugetsuHome, "opencode-unfit.json"))).toBe(false)

      const fixed = yield* json(["doctor", "--fix"])
      expect(fixed.answer.checks.find(({ found }: Check) => found === fault)).toMatchObject({
        state: "problem",
        done: "no agent is started with it any more",
      })
      const refused = yield* json(["start", ref(1), "go"])
      expect([refused.code, refused.answer.error]).toEqual([69, "OpencodeUnfit"])
      yield* daemon()
      const id = yield* delegate(["--issue", ref(1), "go"])
      const news = yield* until("people are told", () => {
        const file = path.join(kugetsuHome, "notifications.json")
        const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
        return text.includes("No task is started") ? text : null
      })
      expect(news).toContain("does not do what it must")
      expect(yield* answer(["queue", "list"])).toMatchObject([{ id, state: "pending", attempts: 0 }])

      // another one in its place
      fs.appendFileSync(opencode.program, "# newer\n")
      yield* untilIn("done", id)
      expect((yield* run(["doctor", "--fix"], { env: { ...env, OPENCODE_BIN: "/no/such" } })).code).toBe(1)
    }),
)

effectTest("without a home, and with an empty one, what there is to tell is told and nothing is made", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    for (const words of [["doctor"], ["doctor", "--fix", "--fix-permissions"]]) {
      const { code, stderr, stdout } = yield* kugetsu(words, { env: { OPENCODE_BIN: "/no/such" } })
      expect(code).toBe(1)
      expect(stdout).toMatch(/^problem {3}home {8}.*\n {22}to do: Run: kugetsu init$/m)
      expect(stdout).toMatch(/^problem {3}opencode {4}.*cannot be run/m)
      expect(stderr).toMatch(/^\d problems\.\n$/)
      expect(fs.existsSync(kugetsuHome)).toBe(false)
    }
    fs.mkdirSync(kugetsuHome, { mode: 0o700 })
    const { stdout } = yield* kugetsu(["doctor"], { env: { OPENCODE_BIN: "/no/such" } })
    expect(stdout).toContain("it was not initialised")
    expect(fs.readdirSync(kugetsuHome)).toEqual([])
  }),
)

effectTest("doctor --fix mends what was deleted by hand on a real home, and leaves a running agent alone", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage({ run: [{ events: goodTurn("done") }, { hang: true }] })
    stage.repository("tool")
    yield* stage.run(["start", "example.org/ann/tool#1", "look"])
    const running = yield* stage.json(["start", "example.org/ann/tool#2", "work", "--detach"])
    yield* until("the agent works", () =>
      fs.existsSync(path.join(stage.kugetsuHome, "runs", running.answer.run, "agent.json")),
    )
    const clone = path.join(stage.kugetsuHome, "repos/example.org/ann/tool.git")
    fs.rmSync(stage.worktree("tool", "1"), { recursive: true })
    fs.rmSync(path.join(stage.kugetsuHome, "index.json"))
    const { answer } = yield* stage.json(["doctor", "--fix"], { env: { OPENCODE_BIN: "/no/such" } })
    expect([...of(answer, "index"), ...of(answer, "worktrees")]).toEqual([
      ["fixed", "it is not there"],
      ["fixed", "it is gone"],
      ["ok", "an agent is at work in it"],
    ])
    expect(fs.readdirSync(stage.worktree("tool", "1"))).toContain("README.md")
    expect(stage.git.run(clone, "worktree", "list").split("\n")).toHaveLength(3)
    yield* stage.run(["stop", "example.org/ann/tool#2"])
  }),
)
