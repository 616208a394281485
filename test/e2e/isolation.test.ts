import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage, realStage } from "../kit/stage.ts"

const commitAndPush = `echo x > new.txt && git add -A && git commit -qm work && git push -q origin HEAD`

effectTest("no agent works for an issue in a clone of another repository that its record names", () =>
  Effect.gen(function* () {
    const { git, json, kugetsuHome, opencode, repository } = yield* fakeStage({
      run: { shell: commitAndPush, events: goodTurn("done") },
    })
    const [tool, site] = [repository("tool"), repository("site")]
    const worktree = path.join(git.dir, "old worktree")
    git.run(git.dir, "clone", "--quiet", site, worktree)
    // as the first kugetsu wrote it
    fs.writeFileSync(
      path.join(kugetsuHome, "sessions", "example.org-ann-tool-7.json"),
      JSON.stringify({
        type: "forked",
        issue_ref: "example.org/ann/tool#7",
        opencode_session_id: "",
        worktree_path: worktree,
        created_at: "2026-03-01T10:00:00+00:00",
        state: "idle",
      }),
    )
    const before = git.run(site, "for-each-ref")
    const { answer, code } = yield* json(["continue", "example.org/ann/tool#7"])
    expect([answer.outcome, answer.failure.error, code]).toEqual(["failed", "OtherRepository", 73])
    expect(answer.failure.message).toContain(site)
    expect(answer.failure.message).toContain(tool)
    expect(opencode.starts().filter(({ args }) => args[0] === "run")).toEqual([])
    expect(git.run(site, "for-each-ref")).toBe(before)
    expect(git.run(worktree, "status", "--porcelain")).toBe("")
  }),
)

effectTest("a real agent that leads its worktree to another repository has failed, and its session is out of use", () =>
  Effect.gen(function* () {
    const { git, json, kugetsuHome, repository, run, say } = yield* realStage
    const remote = repository("tool")
    const leave = { command: "git remote set-url origin /another/repository", description: "leave" }
    const message = say("Look around.", { tool: "bash", args: leave }, { text: "Done." })
    const { answer } = yield* json(["start", "example.org/ann/tool#1", message])
    expect([answer.outcome, answer.misplaced]).toEqual([
      "failed",
      [{ tie: "remote", expected: remote, found: "/another/repository" }],
    ])
    git.run(answer.worktree_path, "remote", "set-url", "origin", remote)
    // waits for the supervisor, and keeps off the next agent
    expect((yield* run(["destroy", "example.org/ann/tool#1", "--yes", "--force"])).code).toBe(0)

    const quarantine = path.join(kugetsuHome, "quarantine")
    const [id, ...others] = fs.readdirSync(quarantine)
    expect(others).toEqual([])
    const read = (name: string) => JSON.parse(fs.readFileSync(path.join(quarantine, id!, name), "utf8"))
    expect(read("record.json")).toMatchObject({ session: answer.session_id, carried_over: true, reported: true })
    expect(JSON.stringify(read("conversation.json").messages)).toContain("Look around.")
  }),
)
