import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

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
