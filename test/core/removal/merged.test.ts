import { judgeRemoval } from "@kugetsu/core/domain/judgeRemoval"
import { expect } from "bun:test"
import { Effect } from "effect"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

/** A file of blocks that look alike but for what is in them. */
const blocks = (...values: ReadonlyArray<string>) =>
  values.map((value) => `begin\n  one\n  two\n  ${value}\n  four\n  five\nend\n\n`).join("")

/** A worktree on which the forge says no more than that its branch was merged, and a base on which others work. */
const twiceWith = Effect.fnUntraced(function* ({ forge }: { readonly forge: boolean }) {
  const stage = yield* removalStage
  if (!forge) stage.usePath()
  const onBase = (content: string, message = "others'") =>
    stage.box.commit(stage.remote, "main", { "x.txt": content }, message)
  onBase(blocks("bad", "bad"))
  const { path: worktree } = yield* stage.ensure("1")
  stage.forge.byBranch.set("fix/issue-1", "merged")
  return { ...stage, worktree, onBase, fix: (content: string) => stage.commit(worktree, "x.txt", content) }
})

const twice = twiceWith({ forge: true })

effectTest("one commit of the base does not stand for two of the branch that look alike", () =>
  Effect.gen(function* () {
    const { fix, onBase, verdict } = yield* twice
    fix(blocks("good", "bad"))
    onBase(blocks("good", "bad"), "squashed (#1)")
    expect(yield* verdict()).toBe("yes")
    fix(blocks("good", "good"))
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    onBase(blocks("good", "good"), "the second, too")
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("the same change of the same lines at another place is another change", () =>
  Effect.gen(function* () {
    const { fix, onBase, verdict } = yield* twice
    fix(blocks("bad", "good"))
    onBase(blocks("good", "bad"))
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    onBase(`on top\n${blocks("good", "bad")}`)
    onBase(`on top\n${blocks("good", "good")}`)
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("what is in the base twice, or in another order, does not tell what was merged", () =>
  Effect.gen(function* () {
    const { box, commit, fix, onBase, remote, verdict, worktree } = yield* twice
    fix(blocks("good", "bad"))
    for (const value of ["good", "bad", "good"]) onBase(blocks(value, "bad"))
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    box.run(worktree, "fetch", "-q", "origin")
    box.run(worktree, "reset", "-q", "--hard", "origin/main")
    commit(worktree, "c.txt", "c\n")
    commit(worktree, "d.txt", "d\n")
    box.run(box.dir, "clone", "-q", worktree, "other")
    const other = `${box.dir}/other`
    box.run(other, "checkout", "-q", "HEAD~2")
    box.run(other, "cherry-pick", "origin/fix/issue-1", "origin/fix/issue-1~1")
    box.run(other, "push", "-q", remote, "HEAD:main")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
  }),
)

effectTest("a commit beyond the head that was merged is kept, even if the base has one that looks like it", () =>
  Effect.gen(function* () {
    const { box, commit, forge, push, remote, verdict, worktree } = yield* twice
    const merged = commit(worktree, "c.txt", "c\n")
    push(worktree)
    box.commit(remote, "main", { "c.txt": "c\n" }, "squashed (#1)")
    box.run(remote, "update-ref", "-d", "refs/heads/fix/issue-1")
    expect(yield* verdict()).toBe("yes")
    commit(worktree, "d.txt", "d\n")
    box.commit(remote, "main", { "d.txt": "d\n" }, "somebody had the same idea")
    forge.heads.set("fix/issue-1", merged)
    expect(yield* verdict()).toEqual(["unsaved_commits", "no_pull_request"])
  }),
)

effectTest("what is in the base is not said to be missing there, where no forge can say that it was merged", () =>
  Effect.gen(function* () {
    const { facts, fix, onBase, verdict } = yield* twiceWith({ forge: false })
    fix(blocks("good", "bad"))
    const refused = judgeRemoval(yield* facts(), { force: false })
    expect(JSON.stringify(refused)).toContain("and the base does not have its commits")
    onBase(blocks("good", "bad"), "squashed")
    expect(yield* verdict()).toBe("yes")
    const allowed = judgeRemoval(yield* facts(), { force: false })
    expect(allowed._tag === "Removable" ? allowed.evidence.slice(-2) : allowed).toEqual([
      expect.stringMatching(/^fix\/issue-1 is in the base: it was squashed into [0-9a-f]{12}$/),
      "its remote has no pull requests",
    ])
  }),
)
