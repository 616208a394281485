import { expect } from "bun:test"
import { Effect } from "effect"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

/** A file of blocks that look alike but for what is in them. */
const blocks = (...values: ReadonlyArray<string>) =>
  values.map((value) => `begin\n  one\n  two\n  ${value}\n  four\n  five\nend\n\n`).join("")

/** A worktree on which the forge says no more than that its branch was merged, and a base on which others work. */
const twice = Effect.gen(function* () {
  const stage = yield* removalStage
  const onBase = (content: string, message = "others'") =>
    stage.box.commit(stage.remote, "main", { "x.txt": content }, message)
  onBase(blocks("bad", "bad"))
  const { path: worktree } = yield* stage.ensure("1")
  stage.forge.byBranch.set("fix/issue-1", "merged")
  return { ...stage, worktree, onBase, fix: (content: string) => stage.commit(worktree, "x.txt", content) }
})

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
