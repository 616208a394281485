import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const program = path.join(import.meta.dirname, "..", "core", "trash.program.ts")

effectTest("an issue whose way into the trash was cut off starts anew, and what went is whole in the trash", () =>
  Effect.gen(function* () {
    const stage = yield* fakeStage({ run: { events: goodTurn("I looked.") } })
    stage.repository("repo")
    const ref = "example.org/ann/repo#1"
    expect((yield* stage.run(["start", ref, "look"])).code).toBe(0)
    const worktree = stage.worktree("repo", "1")
    fs.writeFileSync(path.join(worktree, "work.txt"), "work\n")

    const what = { identifier: "1", name: path.basename(worktree), path: worktree, branch: "fix/issue-1" }
    const child = Bun.spawn([process.execPath, program, "discard", JSON.stringify(what)], {
      env: { ...stage.env, KUGETSU_DIR: stage.kugetsuHome, KUGETSU_CRASH_AT: "trash.in.worktree" },
      stdio: ["ignore", "inherit", "inherit"],
    })
    yield* Effect.promise(() => child.exited)
    expect(child.signalCode).toBe("SIGKILL")

    const { code, stderr } = yield* stage.run(["start", ref, "again"])
    expect([code, stderr]).toEqual([0, expect.stringContaining("fix/issue-1")])
    expect(fs.readdirSync(worktree)).not.toContain("work.txt")
    const trash = path.join(stage.kugetsuHome, "trash")
    const [id = ""] = fs.readdirSync(trash)
    const receipt = JSON.parse(fs.readFileSync(path.join(trash, id, "receipt.json"), "utf8"))
    expect([receipt.state, receipt.issue_ref]).toEqual(["done", ref])
    for (const kept of ["worktree/work.txt", "admin/HEAD", "agent/opencode.db", "session.json"]) {
      expect(fs.existsSync(path.join(trash, id, kept))).toBe(true)
    }
  }),
)

const ref = "example.org/ann/repo#1"

/** An issue with work that is nowhere else. */
const worked = Effect.gen(function* () {
  const stage = yield* fakeStage({ run: { events: goodTurn("I looked.") } })
  stage.repository("repo")
  yield* stage.run(["start", ref, "look"])
  const work = path.join(stage.worktree("repo", "1"), "work.txt")
  fs.writeFileSync(work, "work\n")
  const killedAt = (point: string, words: ReadonlyArray<string>) =>
    Effect.map(stage.run(words, { env: { KUGETSU_CRASH_AT: point } }), ({ code }) => code)
  return { ...stage, work, killedAt }
})

const destroy = ["destroy", ref, "-y", "--force"]

effectTest("destroy after one that was killed answers with what that one took, and no second time", () =>
  Effect.gen(function* () {
    const { json, killedAt, run, work } = yield* worked
    for (const point of ["trash.in.admin", "trash.in.session"]) {
      expect([0, 1, 73]).not.toContain(yield* killedAt(point, destroy))
      const again = yield* json(destroy)
      expect([point, again.code, again.answer.removed]).toEqual([point, 0, true])
      expect(again.answer.receipt).toMatchObject({ issue_ref: ref, state: "done", forced: true })
      const { answer } = yield* json(["restore"])
      expect(answer.map(({ id }: { id: string }) => id)).toEqual([again.answer.receipt.id])
      expect((yield* run(destroy)).code).toBe(1)
      expect((yield* run(["restore", ref])).code).toBe(0)
      expect(fs.readFileSync(work, "utf8")).toBe("work\n")
    }
  }),
)

effectTest("restore after one that was killed answers that it is restored, by the issue and by the id", () =>
  Effect.gen(function* () {
    const { json, killedAt, run, work } = yield* worked
    for (const [point, by] of [
      ["trash.out.worktree", "ref"],
      ["trash.restored", "ref"],
      ["trash.unrescued", "id"],
    ] as const) {
      const { id } = (yield* json(destroy)).answer.receipt
      const restore = ["restore", by === "ref" ? ref : id]
      expect([0, 1, 73]).not.toContain(yield* killedAt(point, restore))
      const again = yield* json(restore)
      expect([point, again.code, again.answer.id, again.answer.state]).toEqual([point, 0, id, "restored"])
      expect(fs.readFileSync(work, "utf8")).toBe("work\n")
      expect((yield* json(["list"])).answer).toHaveLength(3)
      expect((yield* run(restore)).code).toBe(1)
    }
  }),
)

effectTest("the same of base and PM", () =>
  Effect.gen(function* () {
    const { json, killedAt, run } = yield* worked
    for (const [flag, name] of [
      ["--pm-agent", "pm-agent"],
      ["--base", "base"],
    ] as const) {
      yield* killedAt("trash.in.index", ["destroy", flag, "-y"])
      if (name === "base") yield* killedAt("trash.in.index", ["destroy", flag, "-y"])
      const gone = yield* json(["destroy", flag, "-y"])
      expect([flag, gone.code, gone.answer.receipt?.name]).toEqual([flag, 0, name])
      yield* killedAt("trash.restored", ["restore", gone.answer.receipt.id])
      expect((yield* run(["restore", gone.answer.receipt.id])).code).toBe(0)
    }
    expect((yield* run(["status"])).stdout).toBe("pm_agent_missing\n")
  }),
)
