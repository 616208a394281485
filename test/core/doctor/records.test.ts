import { expect } from "bun:test"
import { lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { checkClock } from "@kugetsu/core/doctor/checkClock"
import { checkConfig } from "@kugetsu/core/doctor/checkConfig"
import { checkDisk } from "@kugetsu/core/doctor/checkDisk"
import { checkHome } from "@kugetsu/core/doctor/checkHome"
import { checkIndex } from "@kugetsu/core/doctor/checkIndex"
import { checkModes } from "@kugetsu/core/doctor/checkModes"
import { checkQueue } from "@kugetsu/core/doctor/checkQueue"
import { checkRuns } from "@kugetsu/core/doctor/checkRuns"
import { checkSessions } from "@kugetsu/core/doctor/checkSessions"
import { checkTrash } from "@kugetsu/core/doctor/checkTrash"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { Trash } from "@kugetsu/core/Trash"
import { Effect } from "effect"
import * as fs from "node:fs"
import { doctorStage, fix, told } from "../../kit/doctorStage.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { deadSupervisor, runExit, runId, runRequest } from "../../kit/records.ts"
import { discardOf, issueOf } from "../../kit/trashStage.ts"

const record = (identifier: string, change: Readonly<Record<string, unknown>> = {}) => ({
  version: 1,
  type: "forked",
  issue_ref: `example.org/ann/repo#${identifier}`,
  created_at: "2026-11-20T06:00:00.000+00:00",
  state: "idle",
  ...change,
})

effectTest("an index that is missing, old or broken is told, and made from the session files", () =>
  Effect.gen(function* () {
    const { at, examine, write } = yield* doctorStage
    expect(yield* examine(checkIndex)).toEqual([])
    write("sessions/one.json", record("1"))
    for (const [text, found] of [
      [null, "it is not there"],
      ['{"issues": {}}', "it does not agree with the session files"],
      ['{"iss', "it cannot be understood"],
    ] as const) {
      if (text === null) fs.rmSync(at("index.json"), { force: true })
      else write("index.json", text)
      expect(told(yield* examine(checkIndex))).toEqual([["problem", found]])
      expect(told(yield* examine(checkIndex, fix))).toEqual([["fixed", found]])
      expect(told(yield* examine(checkIndex))).toEqual([["ok", "it agrees with the session files"]])
    }
    expect(JSON.parse(fs.readFileSync(at("index.json"), "utf8")).issues).toEqual({
      "example.org/ann/repo#1": "one.json",
    })
  }),
)

effectTest("a broken session record hides no other, and one that nobody is at work on is settled", () =>
  Effect.gen(function* () {
    const { at, examine, held, root, write } = yield* doctorStage
    write("sessions/broken.json", "{")
    write("sessions/example.org-ann-repo-1.json", record("1", { state: "active" }))
    write("sessions/example.org-ann-repo-2.json", record("2", { state: "active" }))
    write("sessions/twice.json", record("1"))
    write("sessions/words.json", record("", { issue_ref: "my idea" }))
    const busy = KugetsuHome.at(root)
    const locked = Effect.flatMap(KugetsuHome, (home) =>
      acquire(home.issueLock(lockNameOf(issueOf("2"))), { waitMs: 0 }),
    )
    yield* Effect.provide(locked, busy)
    const expected = (settled: string) => [
      ["problem", expect.stringContaining("JSON")],
      ["problem", expect.stringContaining("is a record of the same issue")],
      [settled, "it is called active, and nobody is at work on it"],
      ["warning", '"my idea" is no issue that can be worked on'],
    ]
    const sorted = (findings: ReturnType<typeof told>) => findings.sort(([, a], [, b]) => (a! < b! ? -1 : 1))
    const inOrder = (settled: string) => sorted(expected(settled) as never)
    const seen = yield* examine(checkSessions)
    expect(seen.map(({ state }) => state).sort()).toEqual(["problem", "problem", "problem", "warning"])
    expect(told(seen)).toEqual(expect.arrayContaining(inOrder("problem")))
    expect(told(yield* examine(checkSessions, fix))).toEqual(expect.arrayContaining(inOrder("fixed")))
    expect(held).toEqual(["example.org/ann/repo#1"])
    const stateOf = (file: string) => JSON.parse(fs.readFileSync(at("sessions", file), "utf8")).state
    expect([1, 2].map((n) => stateOf(`example.org-ann-repo-${n}.json`))).toEqual(["idle", "active"])
    expect(fs.readFileSync(at("sessions/broken.json"), "utf8")).toBe("{")
  }),
)

effectTest("what others may read is told, and closed; a link leads nowhere", () =>
  Effect.gen(function* () {
    const { at, box, examine, root, write } = yield* doctorStage
    expect(told(yield* examine(checkModes))).toEqual([["ok", "nobody else can read it"]])
    write("env/dev.env", "GITHUB_TOKEN=x\n")
    write("sessions/one.json", record("1"))
    fs.writeFileSync(`${box.dir}/elsewhere`, "", { mode: 0o644 })
    fs.symlinkSync(`${box.dir}/elsewhere`, at("env/linked.env"))
    fs.chmodSync(at("env/dev.env"), 0o644)
    // nobody gets there
    fs.chmodSync(at("sessions/one.json"), 0o644)
    expect(yield* examine(checkModes)).toMatchObject([{ subject: at("env/dev.env"), state: "problem" }])
    fs.chmodSync(root, 0o755)
    fs.chmodSync(at("sessions"), 0o755)
    expect((yield* examine(checkModes, fix)).map(({ state }) => state)).toEqual(["fixed", "fixed", "fixed"])
    const modeOf = (file: string) => fs.statSync(file).mode & 0o777
    expect([root, at("sessions"), at("sessions/one.json"), at("env/dev.env")].map(modeOf)).toEqual([
      0o700, 0o700, 0o600, 0o600,
    ])
    expect(modeOf(`${box.dir}/elsewhere`)).toBe(0o644)
    expect(told(yield* examine(checkModes))).toEqual([["ok", "nobody else can read it"]])
  }),
)

effectTest("every file that a person wrote is looked at, and each fault told with the way out", () =>
  Effect.gen(function* () {
    const { at, box, examine, write } = yield* doctorStage
    expect((yield* examine(checkConfig)).map(({ state }) => state)).toEqual(["ok"])
    write("config", `KUGETSU_TEMP_DIR="${box.dir}/new/tmp"\nNO_SUCH_KEY=1\n`)
    write("env/dev.env", "A=$(id)\n")
    write("repos.json", "[")
    const findings = yield* examine(checkConfig)
    expect(findings.map(({ state, subject }) => [state, subject])).toEqual([
      ["problem", at("repos.json")],
      ["problem", at("env")],
      ["warning", at("config")],
      ["problem", `${box.dir}/new/tmp`],
    ])
    for (const { remedy } of findings) expect(remedy).toBeString()
    expect((yield* examine(checkConfig, fix)).at(-1)).toMatchObject({ state: "fixed", done: "it was made" })
    expect(fs.statSync(`${box.dir}/new/tmp`).isDirectory()).toBe(true)
    write("config", "MAX_CONCURRENT_AGENTS=many\n")
    expect((yield* examine(checkConfig)).find(({ subject }) => subject === at("config"))?.state).toBe("problem")
  }),
)

effectTest("records of the queue that cannot be understood, or cannot run, are told one by one", () =>
  Effect.gen(function* () {
    const { at, examine, use, write } = yield* doctorStage
    expect(yield* examine(checkQueue)).toEqual([])
    const { item } = yield* use(Effect.flatMap(Queue, (queue) => queue.enqueue({ issue: issueOf("1"), message: "go" })))
    expect(told(yield* examine(checkQueue))).toEqual([["ok", "every task in it is understood"]])
    const file = `queue/items/${item.id}.json`
    write(file, { ...JSON.parse(fs.readFileSync(at(file), "utf8")), issue_ref: "no issue" })
    write("queue/items/q_broken.json", "{")
    write("queue/paused", "")
    const found = [
      "it is no task that can be understood, or lies at a wrong place",
      '"no issue" is no issue, so that it cannot run',
      "it is paused",
    ]
    expect(told(yield* examine(checkQueue))).toEqual([
      ["problem", found[0]!],
      ["problem", found[1]!],
      ["warning", found[2]!],
    ])
    expect(told(yield* examine(checkQueue, fix))).toEqual([
      ["fixed", found[0]!],
      ["problem", found[1]!],
      ["problem", expect.stringContaining("it was put aside")],
      ["warning", found[2]!],
    ])
    expect(fs.readFileSync(at("queue/bad/q_broken.json"), "utf8")).toBe("{")
  }),
)

effectTest("a run that nobody looks after is settled, and a broken one is left to a person", () =>
  Effect.gen(function* () {
    const { examine, held, write } = yield* doctorStage
    const [ended, lost, broken] = [runId("aaaaaa"), runId("bbbbbb"), runId("cccccc")]
    const issue_ref = "example.org/ann/repo#1"
    write(`runs/${ended}/request.json`, runRequest(ended, { issue_ref }))
    write(`runs/${ended}/exit.json`, runExit(ended, { issue_ref }))
    expect(told(yield* examine(checkRuns))).toEqual([["ok", "1 runs are accounted for"]])
    write(`runs/${lost}/request.json`, runRequest(lost, { issue_ref }))
    write(`runs/${lost}/supervisor.json`, deadSupervisor())
    write(`runs/${broken}/request.json`, "{")
    const abandoned = "its supervisor is gone, and it has no outcome yet"
    const broke = ["problem", expect.stringContaining("JSON")]
    expect(told(yield* examine(checkRuns))).toEqual([broke, ["problem", abandoned]] as never)
    expect(told(yield* examine(checkRuns, fix))).toEqual([broke, ["fixed", abandoned]] as never)
    expect(held).toEqual([issue_ref])
  }),
)

effectTest("a move to the trash that was cut off is brought to its end, and a broken receipt is told", () =>
  Effect.gen(function* () {
    const { at, examine, issue, use } = yield* doctorStage
    const first = yield* issue("1")
    const receipt = yield* use(
      Effect.flatMap(Trash, (trash) => trash.discard(discardOf({ ...first, path: first.path }))),
    )
    expect(told(yield* examine(checkTrash))).toEqual([["ok", "1 things lie in it, all whole"]])
    const file = at("trash", receipt.id, "receipt.json")
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), state: "moving" }))
    const found = "example.org/ann/repo#1: moving, and was cut off"
    expect(told(yield* examine(checkTrash))).toEqual([["problem", found]])
    expect(yield* examine(checkTrash, fix)).toMatchObject([{ state: "fixed", found, done: "it is done now" }])
    fs.writeFileSync(file, "{")
    expect(told(yield* examine(checkTrash, fix))).toEqual([["problem", expect.stringContaining("JSON")]])
  }),
)

effectTest("there is room, the size of each area is told, and records from the future are", () =>
  Effect.gen(function* () {
    const { at, examine, root, write } = yield* doctorStage
    write("worktrees/one/big.bin", "x".repeat(3_000_000))
    const areas = new Map((yield* examine(checkDisk)).map(({ found, subject }) => [subject, found]))
    expect(areas.get(root)).toContain("are free")
    expect(areas.get(at("worktrees"))).toBe("it takes 3 MB")
    expect((yield* examine(checkClock)).map(({ state }) => state)).toEqual(["ok"])
    write("sessions/one.json", record("1", { created_at: "2999-01-01T00:00:00.000+00:00" }))
    expect((yield* examine(checkClock)).map(({ state }) => state)).toEqual(["warning"])
  }),
)

effectTest("a home that is missing, empty, or lacks its own sessions is told as such", () =>
  Effect.gen(function* () {
    const { examine, root, write } = yield* doctorStage
    fs.rmSync(root, { recursive: true })
    expect(told(yield* examine(checkHome))).toEqual([["problem", "there is no home"]])
    fs.mkdirSync(root)
    expect(told(yield* examine(checkHome))).toEqual([["problem", "it was not initialised"]])
    write("sessions/base.json", record("", { type: "base", issue_ref: null }))
    expect(told(yield* examine(checkHome))).toEqual([["problem", "the project manager's record is missing"]])
    write("sessions/pm-agent.json", record("", { type: "pm_agent", issue_ref: null }))
    expect(told(yield* examine(checkHome))).toEqual([["ok", "it is initialised"]])
  }),
)
