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
