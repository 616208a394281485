import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const refTo = (issue: number) => `example.org/ann/tool#${issue}`
const nameOf = (issue: number) => `example.org-ann-tool-${issue}`

/** Issues that were looked at, of which those named lost their session's file. */
const orphaned = Effect.fnUntraced(function* (issues: ReadonlyArray<number>, lost: ReadonlyArray<number>) {
  const stage = yield* fakeStage({ run: { events: goodTurn("done") } })
  stage.repository("tool")
  for (const issue of issues) {
    yield* stage.run(["start", refTo(issue), "look"])
    // the last that a run leaves, after its outcome
    while (!fs.existsSync(path.join(stage.kugetsuHome, "context", `${nameOf(issue)}.json`))) yield* Effect.sleep(10)
  }
  for (const issue of lost) fs.rmSync(path.join(stage.kugetsuHome, "sessions", `${nameOf(issue)}.json`))
  return { ...stage, at: (...parts: ReadonlyArray<string>) => path.join(stage.kugetsuHome, ...parts) }
})

interface Entry {
  readonly kind: string
  readonly name: string
  readonly issue_ref: string | null
  readonly removed: boolean
  readonly reasons: ReadonlyArray<{ readonly reason: string }>
}

const short = (answer: ReadonlyArray<Entry>) =>
  answer.map(({ issue_ref, kind, reasons, removed }) => [kind, issue_ref, removed, reasons.map(({ reason }) => reason)])

effectTest("what no session owns is shown, and with --force goes to the trash; all else is kept", () =>
  Effect.gen(function* () {
    const { at, json, run } = yield* orphaned([1, 2], [1])
    const shown = yield* json(["prune"])
    expect([shown.code, short(shown.answer)]).toEqual([
      0,
      [
        ["issue", refTo(1), false, []],
        ["run", refTo(1), false, []],
      ],
    ])
    expect(shown.answer[0].paths).toEqual([
      at("worktrees", nameOf(1)),
      at("agents", nameOf(1)),
      at("context", `${nameOf(1)}.json`),
    ])
    const people = yield* run(["prune"])
    expect(people.stdout).toContain(at("worktrees", nameOf(1)))
    expect(people.stderr).toContain("--force")

    const pruned = yield* json(["prune", "--force"])
    expect([pruned.code, pruned.answer.map(({ removed }: Entry) => removed)]).toEqual([0, [true, true]])
    for (const place of ["worktrees", "agents"]) {
      expect([place, fs.readdirSync(at(place)).includes(nameOf(1)), fs.existsSync(at(place, nameOf(2)))]).toEqual([
        place,
        false,
        true,
      ])
    }
    expect(fs.existsSync(at("agents", "base"))).toBe(true)
    expect(fs.existsSync(at("agents", "pm-agent"))).toBe(true)
    expect((yield* json(["prune"])).answer).toEqual([])
    expect((yield* run(["prune"])).stdout).toBe("")

    expect((yield* run(["restore", refTo(1)])).code).toBe(0)
    expect(fs.existsSync(at("worktrees", nameOf(1), "README.md"))).toBe(true)
  }),
)

effectTest("an orphan with unsaved work, or one that cannot be told whose it was, is kept and named", () =>
  Effect.gen(function* () {
    const { at, json, run } = yield* orphaned([1, 2], [1, 2])
    fs.writeFileSync(path.join(at("worktrees", nameOf(1)), "new.txt"), "x")
    fs.mkdirSync(at("worktrees", "mine"))
    fs.writeFileSync(at("worktrees", "mine", "note"), "x")
    const { answer, code } = yield* json(["prune", "--force"])
    expect(code).toBe(73)
    expect(short(answer.filter(({ kind }: Entry) => kind === "issue"))).toEqual([
      ["issue", refTo(1), false, ["uncommitted_changes"]],
      ["issue", refTo(2), true, []],
      ["issue", null, false, ["changes_unknown"]],
    ])
    expect(fs.existsSync(at("worktrees", "mine", "note"))).toBe(true)
    // the clone is needed by what hangs off it, and by what can be restored into it
    expect(answer.map(({ kind }: Entry) => kind)).not.toContain("clone")
    const again = yield* run(["prune", "--force"])
    expect([again.code, again.stdout.includes("kept"), again.stderr.includes("uncommitted_changes: new.txt")]).toEqual([
      73,
      true,
      true,
    ])
  }),
)

effectTest("a session that the index lacks is indexed again, and none of it is an orphan", () =>
  Effect.gen(function* () {
    const { at, json } = yield* orphaned([1], [])
    fs.writeFileSync(at("index.json"), JSON.stringify({ base: null, pm_agent: null, issues: {} }))
    expect((yield* json(["prune", "--force"])).answer).toEqual([])
    expect(JSON.parse(fs.readFileSync(at("index.json"), "utf8")).issues).toEqual({ [refTo(1)]: `${nameOf(1)}.json` })
  }),
)

effectTest("while a session cannot be read nothing is an orphan, for it may be its", () =>
  Effect.gen(function* () {
    const { at, json } = yield* orphaned([1, 2], [2])
    fs.writeFileSync(at("sessions", `${nameOf(1)}.json`), "{")
    const { answer, code } = yield* json(["prune", "--force"])
    expect([code, answer.error]).toEqual([78, "RecordUnreadable"])
    expect(fs.existsSync(at("worktrees", nameOf(2)))).toBe(true)
  }),
)

effectTest("a clone is kept for what is in the trash, and the databases of base and PM for their own sake", () =>
  Effect.gen(function* () {
    const { at, json, run } = yield* orphaned([1], [1])
    fs.rmSync(at("sessions", "pm-agent.json"))
    expect((yield* json(["prune", "--force"])).answer.map(({ kind }: Entry) => kind)).toEqual(["issue", "run"])
    expect((yield* json(["prune", "--force"])).answer).toEqual([])
    expect(fs.existsSync(at("agents", "pm-agent"))).toBe(true)
    expect((yield* run(["restore", refTo(1)])).code).toBe(0)
  }),
)

effectTest("a clone that nothing needs any more goes too, and comes back; one with unsaved branches stays", () =>
  Effect.gen(function* () {
    const { at, git, json, run } = yield* orphaned([1], [])
    const clone = at("repos/example.org/ann/tool.git")
    git.run(clone, "worktree", "remove", "--force", at("worktrees", nameOf(1)))
    fs.rmSync(at("sessions", `${nameOf(1)}.json`))
    for (const dir of ["agents", "context", "runs"]) {
      for (const name of fs.readdirSync(at(dir))) {
        if (!["base", "pm-agent"].includes(name)) fs.rmSync(at(dir, name), { recursive: true })
      }
    }
    const main = git.run(clone, "rev-parse", "fix/issue-1")
    const work = git.run(clone, "commit-tree", "-p", main, "-m", "work", `${main}^{tree}`)
    git.run(clone, "branch", "idea", work)
    const kept = yield* json(["prune", "--force"])
    expect([kept.code, short(kept.answer)]).toEqual([73, [["clone", null, false, ["unsaved_commits"]]]])
    git.run(clone, "branch", "-D", "idea")
    const pruned = yield* json(["prune", "--force"])
    expect([pruned.code, short(pruned.answer), fs.existsSync(clone)]).toEqual([0, [["clone", null, true, []]], false])
    expect((yield* run(["restore", pruned.answer[0].receipt.id])).code).toBe(0)
    expect(git.run(clone, "rev-parse", "fix/issue-1")).toBe(main)
  }),
)

effectTest("an orphan that somebody is at work on stays, and does not keep the others from going", () =>
  Effect.gen(function* () {
    const { at, json, opencode, run, start } = yield* orphaned([1, 2, 3], [1, 3])
    opencode.plan({ run: { shell: "touch began; while :; do sleep 0.1; done" } })
    const following = start(["start", refTo(2), "work"])
    while (!fs.existsSync(path.join(at("worktrees", nameOf(2)), "began"))) yield* Effect.sleep(20)
    fs.rmSync(at("sessions", `${nameOf(2)}.json`))
    const { answer, code } = yield* json(["prune", "--force"])
    expect(code).toBe(73)
    expect(short(answer.filter(({ kind }: Entry) => kind === "issue"))).toEqual([
      ["issue", refTo(1), true, []],
      ["issue", refTo(2), false, ["IssueBusy"]],
      ["issue", refTo(3), true, []],
    ])
    const runs = at("runs")
    for (const name of fs.readdirSync(runs).filter((name) => !fs.existsSync(path.join(runs, name, "exit.json")))) {
      fs.renameSync(path.join(runs, name), path.join(at(), name))
    }
    const busy = yield* run(["prune", "--force"])
    expect([busy.code, busy.stdout.includes("kept")]).toEqual([75, true])
    expect(busy.stderr).toContain(`${nameOf(2)} is kept:\n  IssueBusy: `)
    for (const name of fs.readdirSync(at()).filter((name) => name.startsWith("r_"))) {
      fs.renameSync(path.join(at(), name), path.join(runs, name))
    }
    yield* run(["stop", refTo(2)])
    yield* Effect.promise(() => following.exited)
  }),
)
