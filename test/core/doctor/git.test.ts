import { expect } from "bun:test"
import { checkClones } from "@kugetsu/core/doctor/checkClones"
import { checkWorktrees } from "@kugetsu/core/doctor/checkWorktrees"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { doctorStage, fix, told } from "../../kit/doctorStage.ts"
import { runId, runRequest, runStarted } from "../../kit/records.ts"
import { effectTest } from "../../kit/effectTest.ts"

const run = runId("k3f9qa")

/** A run of the issue began on this commit. */
const saw = Effect.fnUntraced(function* (ref: IssueRef, head: string) {
  const runs = yield* Runs
  yield* runs.create(runRequest(run, { issue_ref: ref.toString() }))
  yield* runs.recordStarted(run, runStarted({ head }))
  yield* (yield* Sessions).amend(ref, (session) => ({ ...session, run }))
})

effectTest(
  "a worktree, a branch and a clone that were deleted by hand are found, and made again with what was in them",
  () =>
    Effect.gen(function* () {
      const { box, examine, held, issue, launcher, remote, use } = yield* doctorStage
      const first = yield* issue("1")
      const start = first.head
      expect(told(yield* examine(checkWorktrees))).toEqual([["ok", "it is there, on fix/issue-1"]])
      fs.writeFileSync(path.join(first.path, "mine.txt"), "mine")
      const head = box.commitAll(first.path, "unpushed")

      fs.rmSync(first.path, { recursive: true })
      expect(told(yield* examine(checkWorktrees))).toEqual([["problem", "it is gone"]])
      launcher.busy = true
      expect(told(yield* examine(checkWorktrees, fix))).toEqual([
        ["problem", expect.stringMatching(/^it is gone; it was not repaired: .* has a running agent/)],
      ])
      expect(fs.existsSync(first.path)).toBe(false)
      launcher.busy = false
      expect(yield* examine(checkWorktrees, fix)).toEqual([
        {
          subject: first.path,
          state: "fixed",
          found: "it is gone",
          done: "it is whole again, on fix/issue-1",
          remedy: null,
        },
      ])
      expect(box.run(first.path, "rev-parse", "HEAD")).toBe(head)

      box.run(first.clone, "update-ref", "-d", "refs/heads/fix/issue-1")
      expect(told(yield* examine(checkWorktrees))).toEqual([["problem", "its branch fix/issue-1 is gone"]])
      expect(told(yield* examine(checkWorktrees, fix))).toEqual([["fixed", "its branch fix/issue-1 is gone"]])
      expect(box.run(first.path, "rev-parse", "fix/issue-1")).toBe(head)
      expect(box.run(first.path, "status", "--porcelain")).toBe("")

      fs.rmSync(first.clone, { recursive: true })
      box.commit(remote, "main", { "theirs.txt": "somebody else goes on" })
      expect(told([...(yield* examine(checkClones, fix)), ...(yield* examine(checkWorktrees, fix))])).toEqual([
        ["fixed", "it is gone"],
        ["problem", expect.stringContaining("nothing tells which commit its files belong to")],
      ])
      fs.rmSync(first.clone, { recursive: true })
      yield* use(saw(first.ref, start))
      expect(told([...(yield* examine(checkClones)), ...(yield* examine(checkWorktrees))])).toEqual([
        ["problem", "it is gone"],
        ["problem", "what git knew of it is gone from the clone"],
      ])
      expect(told([...(yield* examine(checkClones, fix)), ...(yield* examine(checkWorktrees, fix))])).toEqual([
        ["fixed", "it is gone"],
        ["fixed", "what git knew of it is gone from the clone"],
      ])
      expect(box.run(first.path, "status", "--porcelain")).toBe("?? mine.txt")
      expect(fs.existsSync(path.join(first.path, "theirs.txt"))).toBe(false)
      expect(told([...(yield* examine(checkClones)), ...(yield* examine(checkWorktrees))])).toEqual([
        ["ok", "it is there, and configured as it should be"],
        ["ok", "it is there, on fix/issue-1"],
      ])
      expect([...new Set(held)]).toEqual([first.ref.toString()])
      const record = yield* use(Effect.flatMap(Sessions, (sessions) => sessions.find(first.ref)))
      expect(Option.getOrThrow(record).session).toMatchObject({ worktree_path: first.path, branch_name: "fix/issue-1" })
    }),
)

effectTest("a worktree on another branch is a problem for a person, and is left where it stands", () =>
  Effect.gen(function* () {
    const { box, examine, issue } = yield* doctorStage
    const { path: worktree } = yield* issue("1")
    box.run(worktree, "switch", "-q", "-c", "idea")
    for (const treatment of [undefined, fix]) {
      expect(told(yield* examine(checkWorktrees, treatment))).toEqual([
        ["problem", "it stands on branch idea, not on the issue's fix/issue-1"],
      ])
    }
    box.run(worktree, "switch", "-q", "--detach")
    expect((yield* examine(checkWorktrees))[0]?.state).toBe("warning")
  }),
)

effectTest("what is not the clone's own configuration, and locks of dead gits, are found and removed", () =>
  Effect.gen(function* () {
    const { box, examine, issue } = yield* doctorStage
    const { clone, name, path: worktree } = yield* issue("1")
    box.run(clone, "config", "core.sshCommand", "evil")
    box.run(clone, "config", "gc.auto", "6700")
    fs.writeFileSync(path.join(clone, "packed-refs.lock"), "")
    fs.writeFileSync(path.join(clone, "worktrees", name, "index.lock"), "")
    const found = [
      "its configuration is not as it should be: core.sshcommand, gc.auto",
      "a git that died left packed-refs.lock",
      "a git that died left index.lock",
    ]
    const both = Effect.fnUntraced(function* (treatment?: typeof fix) {
      return [...(yield* examine(checkClones, treatment)), ...(yield* examine(checkWorktrees, treatment))]
    })
    expect(told(yield* both())).toEqual(found.map((text) => ["problem", text]))
    expect(told(yield* both(fix))).toEqual(found.map((text) => ["fixed", text]))
    expect((yield* both()).map(({ state }) => state)).toEqual(["ok", "ok"])
    expect(box.run(worktree, "config", "--get", "gc.auto")).toBe("0")
  }),
)

effectTest("a clone of another repository than the configured one is a problem that nothing is done about", () =>
  Effect.gen(function* () {
    const { box, examine, issue, write } = yield* doctorStage
    const { clone } = yield* issue("1")
    write("repos.json", { "example.org/ann/repo": box.remote("other.git") })
    const [finding] = yield* examine(checkClones, fix)
    expect(finding).toMatchObject({ subject: clone, state: "problem", done: null })
    expect(finding?.found).toContain("was cloned from")
  }),
)
