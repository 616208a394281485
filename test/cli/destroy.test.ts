import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const ref = "example.org/ann/tool#1"

/** An issue that an agent looked at and left as it was. */
const looked = Effect.gen(function* () {
  const stage = yield* fakeStage({ run: { events: goodTurn("done") } })
  const remote = stage.repository("tool")
  const { answer } = yield* stage.json(["start", ref, "look"])
  return { ...stage, remote, tree: stage.worktree("tool", "1"), session: answer.session_id as string }
})

const refsIn = (answer: ReadonlyArray<{ issue_ref: string | null }>) => answer.map(({ issue_ref }) => issue_ref)

effectTest("a worktree in which nothing was done goes to the trash, and comes back as it was", () =>
  Effect.gen(function* () {
    const { json, kugetsuHome, run, tree } = yield* looked
    const { answer, code } = yield* json(["destroy", ref, "-y"])
    expect([code, answer.removed, answer.reasons]).toEqual([0, true, []])
    expect(answer.receipt).toMatchObject({ issue_ref: ref, because: "destroy", forced: false, saved: true })
    expect(answer.receipt.evidence).toContain("it has no commit of its own")
    expect(fs.existsSync(tree)).toBe(false)
    expect(refsIn((yield* json(["list"])).answer)).toEqual([null, null])
    const index = JSON.parse(fs.readFileSync(path.join(kugetsuHome, "index.json"), "utf8"))
    expect(index.issues).toEqual({})

    const listed = yield* run(["restore"])
    expect(listed.stdout).toContain(`${answer.receipt.id}  ${ref}  destroy  yes`)
    const restored = yield* json(["restore", ref])
    expect([restored.code, restored.answer.missing]).toEqual([0, []])
    expect(fs.readFileSync(path.join(tree, "README.md"), "utf8")).toBe("hello\n")
    expect(refsIn((yield* json(["list"])).answer)).toEqual([null, null, ref])
    expect((yield* run(["restore", ref])).code).toBe(1)
    expect((yield* json(["restore"])).answer).toEqual([])
  }),
)

effectTest("unsaved work is kept, each reason is named beside its way out, and nothing is on standard output", () =>
  Effect.gen(function* () {
    const { git, json, run, tree } = yield* looked
    fs.writeFileSync(path.join(tree, "new\u001b[31m.txt"), "x")
    fs.writeFileSync(path.join(tree, "c.txt"), "x")
    git.run(tree, "add", "c.txt")
    git.run(tree, "commit", "-qm", "mine")
    const refused = yield* run(["destroy", ref, "-y"])
    expect([refused.code, refused.stdout]).toEqual([73, ""])
    expect(refused.stderr).toContain("uncommitted_changes: new\\x1b[31m.txt\n    Commit and push")
    expect(refused.stderr).toContain("unsaved_commits: 1 commit of fix/issue-1 is not on the remote\n    Push them.")
    expect(refused.stderr).toContain("--force")
    const { answer, code } = yield* json(["destroy", ref, "-y"])
    expect([code, answer.code, answer.removed, answer.receipt]).toEqual([73, 73, false, null])
    expect(answer.reasons.map(({ reason }: { reason: string }) => reason)).toEqual([
      "uncommitted_changes",
      "unsaved_commits",
      "no_pull_request",
    ])
    expect(fs.existsSync(path.join(tree, "c.txt"))).toBe(true)

    const forced = yield* json(["destroy", ref, "--force", "-y"])
    expect([forced.code, forced.answer.receipt.forced, forced.answer.receipt.saved]).toEqual([0, true, false])
    expect(fs.existsSync(tree)).toBe(false)
    expect((yield* run(["restore", forced.answer.receipt.id])).code).toBe(0)
    expect(git.run(tree, "log", "-1", "--format=%s")).toBe("mine")
    expect(fs.readFileSync(path.join(tree, "new\u001b[31m.txt"), "utf8")).toBe("x")
  }),
)

effectTest("while its agent runs an issue stays, whatever is said", () =>
  Effect.gen(function* () {
    const { json, opencode, run, start, tree } = yield* looked
    opencode.plan({ run: { shell: "touch began; while :; do sleep 0.1; done" } })
    const following = start(["start", ref, "work"])
    while (!fs.existsSync(path.join(tree, "began"))) yield* Effect.sleep(20)
    for (const words of [
      ["destroy", ref, "-y"],
      ["destroy", ref, "-y", "--force"],
      ["start", ref, "--fresh", "again"],
    ]) {
      const { answer, code } = yield* json(words)
      expect([code, answer.error, answer.remedy.includes(`kugetsu stop ${ref}`)]).toEqual([75, "IssueBusy", true])
    }
    expect(fs.existsSync(path.join(tree, "began"))).toBe(true)
    yield* run(["stop", ref])
    yield* Effect.promise(() => following.exited)
    expect((yield* run(["destroy", ref, "-y"])).code).toBe(73)
    expect((yield* run(["destroy", ref, "-y", "--force"])).code).toBe(0)
  }),
)

effectTest("an agent whose supervisor was killed is ended first, as start does it", () =>
  Effect.gen(function* () {
    const { json, kugetsuHome, opencode, run, start, tree } = yield* looked
    opencode.plan({ run: { shell: "touch began; while :; do sleep 0.1; done" } })
    const following = start(["start", ref, "work", "--detach"])
    yield* Effect.promise(() => following.exited)
    while (!fs.existsSync(path.join(tree, "began"))) yield* Effect.sleep(20)
    const { answer: sessions } = yield* json(["list"])
    const { run: id } = sessions.find(({ issue_ref }: { issue_ref: string }) => issue_ref === ref)
    const { supervisor } = JSON.parse(fs.readFileSync(path.join(kugetsuHome, "runs", id, "supervisor.json"), "utf8"))
    process.kill(supervisor.pid, "SIGKILL")
    fs.rmSync(path.join(tree, "began"))
    const { answer, code } = yield* json(["destroy", ref, "-y"])
    expect([code, answer.removed]).toEqual([0, true])
    expect((yield* run(["logs", id])).stdout).toContain("lost")
  }),
)

effectTest("of two that destroy at once one does, and the other says why it does not", () =>
  Effect.gen(function* () {
    const { json } = yield* looked
    const answers = yield* Effect.all([json(["destroy", ref, "-y"]), json(["destroy", ref, "-y"])], { concurrency: 2 })
    const [won, lost] = answers[0].code === 0 ? answers : [answers[1], answers[0]]
    expect([won.code, won.answer.removed]).toEqual([0, true])
    expect([lost.code, lost.answer.error].join()).toMatch(/^(75,IssueBusy|1,NotTracked)$/)
    expect((yield* json(["restore"])).answer).toHaveLength(1)
  }),
)

effectTest("of one that destroys and one that starts at the same moment one wins, and nothing is lost", () =>
  Effect.gen(function* () {
    const { git, json, kugetsuHome, opencode, run, tree } = yield* looked
    fs.writeFileSync(path.join(tree, "mine.txt"), "work")
    const go = path.join(kugetsuHome, "go")
    const shell = `while [ ! -e '${go}' ]; do sleep 0.05; done`
    opencode.plan({ run: { shell, events: goodTurn("done") } })
    for (let round = 0; round < 3; round++) {
      fs.rmSync(go, { force: true })
      const destroying = Effect.ensuring(
        json(["destroy", ref, "-y", "--force"]),
        Effect.sync(() => fs.writeFileSync(go, "")),
      )
      const answers = yield* Effect.all([destroying, json(["start", ref, "look again"])], { concurrency: 2 })
      const [destroyed, started] = answers
      for (const { answer, code } of answers.filter(({ code }) => code !== 0)) {
        expect([code, answer.error, answer.remedy === ""]).toEqual([75, "IssueBusy", false])
      }
      expect(answers.map(({ code }) => code)).toContain(0)
      const { answer: trash } = yield* json(["restore"])
      expect(trash).toHaveLength(destroyed.code === 0 ? 1 : 0)
      if (destroyed.code === 0) {
        // what was started after it began anew
        expect(fs.existsSync(tree)).toBe(started.code === 0)
        if (started.code === 0) expect((yield* run(["destroy", ref, "-y"])).code).toBe(0)
        expect((yield* run(["restore", trash[0].id])).code).toBe(0)
      }
      expect(fs.readFileSync(path.join(tree, "mine.txt"), "utf8")).toBe("work")
      expect(git.run(tree, "status", "--porcelain")).toBe("?? mine.txt")
      fs.rmSync(path.join(kugetsuHome, "trash"), { recursive: true, force: true })
    }
  }),
)

effectTest("tasks that wait for what was destroyed are named, and how they are cancelled", () =>
  Effect.gen(function* () {
    const { json, run } = yield* looked
    const { answer: task } = yield* json(["delegate", `work on ${ref}`])
    yield* json(["delegate", "work on example.org/ann/tool#2"])
    const removed = yield* json(["destroy", ref, "-y"])
    expect([removed.code, removed.answer.removed, removed.answer.waiting]).toEqual([0, true, [task.id]])
    expect(removed.stderr).toContain(
      `1 task waits for it and starts it anew, unless cancelled:\n  kugetsu queue cancel ${task.id}\n`,
    )
    yield* run(["restore", ref])
    expect((yield* run(["queue", "cancel", task.id])).code).toBe(0)
    const again = yield* json(["destroy", ref, "-y"])
    expect([again.code, "waiting" in again.answer, again.stderr.includes("queue cancel")]).toEqual([0, false, false])
  }),
)

effectTest("destroy asks on a terminal, and without one it must be told yes", () =>
  Effect.gen(function* () {
    const { env, json, onTerminal, run, tree } = yield* looked
    const unasked = yield* run(["destroy", ref])
    expect([unasked.code, unasked.stdout, unasked.stderr.includes("-y")]).toEqual([64, "", true])
    expect((yield* json(["destroy", ref, "--force"])).answer.code).toBe(64)
    const answering = (answer: string) =>
      onTerminal(["destroy", ref], {
        env,
        watch: (screen, type) => {
          if (screen.endsWith("[y/N] ")) type(answer)
        },
      })
    const no = yield* answering("\r")
    expect([no.code, no.screen.includes("nothing was changed"), fs.existsSync(tree)]).toEqual([1, true, true])
    const yes = yield* answering("yes\r")
    expect([yes.code, yes.screen.includes("· it has no commit of its own"), fs.existsSync(tree)]).toEqual([
      0,
      true,
      false,
    ])
  }),
)

effectTest("the PM goes alone, the base takes it along, and both come back", () =>
  Effect.gen(function* () {
    const { json, run } = yield* fakeStage()
    for (const words of [["--pm-agent"], ["--base"]]) expect((yield* run(["destroy", ...words])).code).toBe(64)
    const pm = yield* json(["destroy", "--pm-agent", "-y"])
    expect([pm.code, pm.answer.removed, pm.answer.receipt.name]).toEqual([0, true, "pm-agent"])
    expect((yield* run(["status"])).stdout).toBe("pm_agent_missing\n")
    expect((yield* run(["restore", pm.answer.receipt.id])).code).toBe(0)
    expect((yield* run(["status"])).stdout).toBe("ok\n")

    const base = yield* json(["destroy", "--base", "-y"])
    expect([base.code, base.answer.receipt.name, base.answer.along[0].name]).toEqual([0, "base", "pm-agent"])
    expect((yield* run(["status"])).stdout).not.toBe("ok\n")
    expect((yield* run(["destroy", "--base", "-y"])).code).toBe(1)
    expect((yield* run(["init", "--no-probe"])).code).toBe(0)
    expect((yield* run(["status"])).stdout).toBe("ok\n")
  }),
)

effectTest("what makes no sense is wrong usage, and what is not there is named", () =>
  Effect.gen(function* () {
    const { run } = yield* fakeStage()
    const codes = yield* Effect.forEach(
      [[], [ref, "--base"], ["--pm-agent", "--base"], ["--base", "--force", "-y"]],
      (words) => Effect.map(run(["destroy", ...words]), ({ code }) => code),
    )
    expect(codes).toEqual([64, 64, 64, 64])
    const unknown = yield* run(["destroy", ref, "-y"])
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining(`there is no session of ${ref}`)])
    const untrashed = yield* run(["restore", ref])
    expect([untrashed.code, untrashed.stderr]).toEqual([1, expect.stringContaining(ref)])
  }),
)

effectTest("start --fresh puts the old work into the trash and starts at the base, on a branch that nobody has", () =>
  Effect.gen(function* () {
    const { git, json, remote, run, session, tree } = yield* looked
    fs.writeFileSync(path.join(tree, "half.txt"), "half done")
    git.commit(remote, "fix/issue-1", { "pushed.txt": "x" }, "pushed", "main")
    const main = git.commit(remote, "main", { "newer.txt": "x" }, "newer")
    const { answer, code, stderr } = yield* json(["start", ref, "--fresh", "again"])
    expect([code, answer.branch_name, answer.session_id === session]).toEqual([0, "fix/issue-1-2", false])
    expect(git.run(tree, "rev-parse", "HEAD")).toBe(main)
    expect(fs.existsSync(path.join(tree, "half.txt"))).toBe(false)
    const { answer: trash } = yield* json(["restore"])
    expect(stderr).toContain(`kugetsu restore ${trash[0].id}\n`)
    expect(trash).toMatchObject([{ issue_ref: ref, because: "fresh", saved: false }])
    expect((yield* run(["restore", ref])).code).toBe(73)
    expect((yield* json(["start", "example.org/ann/tool#2", "--fresh", "new"])).answer.branch_name).toBe("fix/issue-2")
  }),
)

effectTest("what is in the trash goes for good on a person's word, unsaved work and half removed ones too", () =>
  Effect.gen(function* () {
    const { env, json, kugetsuHome, onTerminal, run, tree } = yield* looked
    fs.writeFileSync(path.join(tree, "only here.txt"), "x")
    const { id } = (yield* json(["destroy", ref, "--force", "-y"])).answer.receipt
    const dir = path.join(kugetsuHome, "trash", id)
    for (const words of [[], ["--force", "-y"], ["--pm-agent", "-y"]]) {
      expect((yield* run(["destroy", "--trash", id, ...words])).code).toBe(64)
    }
    expect((yield* run(["destroy", "--trash", "mine", "-y"])).code).toBe(64)
    const asked = yield* onTerminal(["destroy", "--trash", id], {
      env,
      watch: (screen, type) => {
        if (screen.endsWith("[y/N] ")) type("\r")
      },
    })
    expect([asked.code, asked.screen.includes("nowhere else"), asked.screen.includes(ref)]).toEqual([1, true, true])
    expect(fs.existsSync(path.join(dir, "worktree/only here.txt"))).toBe(true)

    const file = path.join(dir, "receipt.json")
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), state: "removing" }))
    const listed = yield* run(["restore"])
    expect([listed.stdout.includes(id), listed.stderr.includes(`kugetsu destroy --trash ${id}`)]).toEqual([true, true])
    expect((yield* run(["restore", id])).code).toBe(1)
    const { answer, code } = yield* json(["destroy", "--trash", id, "-y"])
    expect([code, answer.removed, answer.receipt.id, fs.existsSync(dir)]).toEqual([0, true, id, false])
    expect((yield* run(["destroy", "--trash", id, "-y"])).code).toBe(1)
    expect((yield* json(["restore"])).answer).toEqual([])
  }),
)
