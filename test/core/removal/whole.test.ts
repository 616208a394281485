import { expect } from "bun:test"
import { gatherCloneFacts } from "@kugetsu/core/removal/gatherFacts"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { issueAt, removalStage } from "../../kit/removalStage.ts"

/** A worktree that is a clone of its own, with all that is done in it on the remote, and merged. */
const ownClone = Effect.gen(function* () {
  const stage = yield* removalStage
  const { box, remote, root } = stage
  const worktree = path.join(root, "worktrees/example.org-ann-repo-1")
  fs.mkdirSync(path.dirname(worktree))
  box.run(box.dir, "clone", "-q", remote, worktree)
  box.run(worktree, "remote", "set-url", "origin", stage.url)
  box.run(worktree, "checkout", "-q", "-b", "fix/issue-1")
  stage.commit(worktree, "c.txt", "c")
  stage.push(worktree)
  stage.forge.byBranch.set("fix/issue-1", "merged")
  const git = (...args: ReadonlyArray<string>) => box.run(worktree, ...args)
  return {
    ...stage,
    worktree,
    git,
    detail: Effect.map(stage.facts(), ({ commits }) => (commits._tag === "Known" ? commits.value.detail : commits.why)),
  }
})

effectTest("a commit that only a tag or another ref has keeps a clone of its own, until the remote has it", () =>
  Effect.gen(function* () {
    const { commit, detail, git, remote, verdict, worktree } = yield* ownClone
    expect(yield* verdict()).toBe("yes")
    git("checkout", "-q", "-b", "idea")
    commit(worktree, "idea.txt", "idea")
    for (const ref of ["refs/tags/idea", "refs/ideas/1"]) {
      git("update-ref", ref, "idea")
      git("checkout", "-q", "fix/issue-1")
      fs.rmSync(path.join(worktree, ".git/logs/HEAD"))
      git("update-ref", "-d", "refs/heads/idea")
      expect(yield* verdict()).toEqual(["unsaved_commits"])
      expect(yield* detail).toBe(`1 commit of ${ref} is not on the remote`)
      git("update-ref", "refs/heads/idea", ref)
      git("update-ref", "-d", ref)
    }
    git("tag", "-a", "-m", "kept", "kept", "idea")
    git("branch", "-qD", "idea")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    git("push", "-q", remote, "kept")
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("what a tag has that is no commit keeps a clone of its own, until the remote has that tag", () =>
  Effect.gen(function* () {
    const { detail, git, remote, verdict, worktree } = yield* ownClone
    fs.writeFileSync(path.join(worktree, "key"), "a key")
    git("tag", "key", git("hash-object", "-w", "key"))
    fs.rmSync(path.join(worktree, "key"))
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    expect(yield* detail).toBe("what refs/tags/key stands for is not on the remote")
    git("push", "-q", remote, "key")
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("commits that were stood on and left keep a clone of its own; those that were written anew do not", () =>
  Effect.gen(function* () {
    const { commit, detail, git, push, verdict, worktree } = yield* ownClone
    fs.writeFileSync(path.join(worktree, "c.txt"), "better")
    git("commit", "-qa", "--amend", "-m", "better")
    git("push", "-qf", "origin", "fix/issue-1")
    expect(yield* verdict()).toBe("yes")
    git("checkout", "-q", "--detach")
    const left = commit(worktree, "d.txt", "d")
    git("checkout", "-q", "fix/issue-1")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    expect(yield* detail).toBe(`1 commit of the reflog (${left.slice(0, 12)}) is not on the remote`)
    git("merge", "-q", left)
    push(worktree)
    expect(yield* verdict()).toBe("yes")
    commit(worktree, "e.txt", "e")
    git("reset", "-q", "--hard", "HEAD~1")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
  }),
)

effectTest("a stash that is in no list of stashes keeps a clone of its own", () =>
  Effect.gen(function* () {
    const { git, verdict, worktree } = yield* ownClone
    fs.writeFileSync(path.join(worktree, "a.txt"), "changed")
    git("stash", "-q")
    expect(yield* verdict()).toEqual(["stash"])
    fs.rmSync(path.join(worktree, ".git/logs/refs/stash"))
    expect(yield* verdict()).toEqual(["unsaved_commits"])
  }),
)

effectTest("a shared clone that nothing hangs off is kept for a tag of its own", () =>
  Effect.gen(function* () {
    const { box, clone, commit, ensure, layers, remote } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c")
    box.run(worktree, "tag", "mine")
    box.run(clone, "worktree", "remove", worktree)
    box.run(clone, "branch", "-D", "fix/issue-1")
    const commits = Effect.map(
      Effect.provide(gatherCloneFacts(issueAt("clone"), clone), layers),
      (facts) => facts.commits,
    )
    expect(yield* commits).toMatchObject({
      value: { where: "here", detail: "1 commit of refs/tags/mine is not on the remote" },
    })
    box.run(clone, "push", "-q", remote, "mine")
    expect(yield* commits).toMatchObject({ value: { where: "base" } })
    box.run(remote, "tag", "-d", "mine")
    expect(yield* commits).toMatchObject({ value: { where: "here" } })
  }),
)

effectTest("a submodule is kept for its tags, and for commits that it stood on", () =>
  Effect.gen(function* () {
    const { box, ensure, facts, remote, usePath, verdict } = yield* removalStage
    usePath()
    const lib = box.remote("lib.git")
    const tree = path.join(box.dir, "with lib")
    box.run(box.dir, "clone", "-q", remote, tree)
    box.run(tree, "submodule", "--quiet", "add", lib, "lib")
    box.commitAll(tree, "lib")
    box.run(tree, "push", "-q", "origin", "HEAD:main")
    const { path: worktree } = yield* ensure("1")
    const sub = path.join(worktree, "lib")
    expect(yield* verdict()).toBe("yes")
    const before = box.run(sub, "rev-parse", "HEAD")
    fs.writeFileSync(path.join(sub, "new.txt"), "x")
    const made = box.commitAll(sub, "mine")
    box.run(sub, "checkout", "-q", before)
    const submodules = Effect.map(facts(), (known) => known.submodules)
    expect(yield* submodules).toMatchObject({
      value: [`lib: 1 commit of the reflog (${made.slice(0, 12)}) is not on the remote`],
    })
    box.run(sub, "tag", "mine", made)
    expect(yield* submodules).toMatchObject({ value: ["lib: 1 commit of refs/tags/mine is not on the remote"] })
    box.run(sub, "push", "-q", lib, "mine")
    expect(yield* verdict()).toBe("yes")
  }),
)
