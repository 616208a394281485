import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

effectTest("a worktree that was deleted by hand may go when its commits are saved and nothing was staged", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, forge, push, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    fs.rmSync(worktree, { recursive: true })
    expect(yield* verdict()).toBe("yes")
    yield* ensure("1")
    commit(worktree, "c.txt", "c")
    fs.writeFileSync(path.join(worktree, "staged.txt"), "s")
    box.run(worktree, "add", "staged.txt")
    fs.rmSync(worktree, { recursive: true })
    forge.byBranch.set("fix/issue-1", "merged")
    expect(yield* verdict()).toEqual(["uncommitted_changes", "unsaved_commits"])
    yield* ensure("1")
    push(worktree)
    box.run(worktree, "rm", "-q", "--cached", "staged.txt")
    fs.rmSync(worktree, { recursive: true })
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("where only the branch is left its commits count, and where it was pushed its pull request", () =>
  Effect.gen(function* () {
    const { box, clone, commit, ensure, forge, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c")
    box.run(clone, "worktree", "remove", "--force", worktree)
    forge.byBranch.set("fix/issue-1", "open")
    expect(yield* verdict()).toEqual(["unsaved_commits", "pull_request_open"])
    box.run(clone, "push", "-q", box.run(clone, "config", "remote.origin.url"), "fix/issue-1")
    box.run(clone, "branch", "-D", "fix/issue-1")
    expect(yield* verdict()).toEqual(["pull_request_open"])
    forge.byBranch.set("fix/issue-1", "closed")
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest(
  "a worktree whose clone is gone, or that is no worktree at all, is kept, for one reason that is said once",
  () =>
    Effect.gen(function* () {
      const { clone, ensure, root, verdict } = yield* removalStage
      yield* ensure("1")
      fs.renameSync(clone, `${clone}.away`)
      expect(yield* verdict()).toEqual(["changes_unknown"])
      fs.renameSync(`${clone}.away`, clone)
      fs.mkdirSync(path.join(root, "worktrees/example.org-ann-repo-2"))
      fs.writeFileSync(path.join(root, "worktrees/example.org-ann-repo-2/x"), "x")
      expect(yield* verdict("2")).toEqual(["changes_unknown"])
      expect(yield* verdict("3")).toBe("yes")
    }),
)

effectTest("a clone of its own goes only when every branch and stash of it is saved", () =>
  Effect.gen(function* () {
    const { box, commit, forge, push, remote, root, url, verdict } = yield* removalStage
    const worktree = path.join(root, "worktrees/example.org-ann-repo-1")
    fs.mkdirSync(path.dirname(worktree))
    box.run(box.dir, "clone", "-q", remote, worktree)
    box.run(worktree, "remote", "set-url", "origin", url)
    box.run(worktree, "checkout", "-q", "-b", "fix/issue-1")
    expect(yield* verdict()).toBe("yes")
    commit(worktree, "c.txt", "c")
    expect(yield* verdict()).toEqual(["unsaved_commits", "no_pull_request"])
    push(worktree)
    forge.byBranch.set("fix/issue-1", "merged")
    expect(yield* verdict()).toBe("yes")
    box.run(worktree, "checkout", "-q", "-b", "idea", "main")
    commit(worktree, "d.txt", "d")
    box.run(worktree, "checkout", "-q", "fix/issue-1")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    push(worktree, "other")
    box.run(worktree, "push", "-q", remote, "idea")
    expect(yield* verdict()).toBe("yes")
    fs.writeFileSync(path.join(worktree, "a.txt"), "changed\n")
    box.run(worktree, "stash", "-q")
    expect(yield* verdict()).toEqual(["stash"])
  }),
)

effectTest("a clone of another repository is kept: the issue's remote has nothing of it", () =>
  Effect.gen(function* () {
    const { box, root, verdict } = yield* removalStage
    const worktree = path.join(root, "worktrees/example.org-ann-repo-1")
    fs.mkdirSync(path.dirname(worktree))
    box.run(box.dir, "clone", "-q", box.remote("other.git", { "o.txt": "other\n" }), worktree)
    expect(yield* verdict()).toEqual(["unsaved_commits", "no_pull_request"])
  }),
)

/** A repository with the submodule `lib`, checked out in the worktree of issue 1. */
const withSubmodule = Effect.gen(function* () {
  const stage = yield* removalStage
  const { box, remote } = stage
  stage.usePath()
  const lib = box.remote("lib.git", { "lib.txt": "lib\n" })
  const tree = path.join(box.dir, "with lib")
  box.run(box.dir, "clone", "-q", remote, tree)
  box.run(tree, "submodule", "--quiet", "add", "--name", "some/lib", lib, "lib")
  box.commitAll(tree, "lib")
  box.run(tree, "push", "-q", "origin", "HEAD:main")
  const { path: worktree } = yield* stage.ensure("1")
  const sub = path.join(worktree, "lib")
  const reasons = Effect.map(stage.facts(), ({ submodules }) =>
    submodules._tag === "Known" ? submodules.value : [submodules.why],
  )
  return { ...stage, lib, worktree, sub, reasons }
})

effectTest("a submodule that was only checked out keeps nothing, and is asked for at its own remote", () =>
  Effect.gen(function* () {
    const { box, lib, reasons, verdict } = yield* withSubmodule
    expect(yield* reasons).toEqual([])
    expect(yield* verdict()).toBe("yes")
    // its remote went on meanwhile
    box.commit(lib, "main", { "lib.txt": "newer\n" })
    expect(yield* verdict()).toBe("yes")
    fs.renameSync(lib, `${lib}.away`)
    expect(yield* verdict()).toEqual(["submodules_unknown"])
  }),
)

effectTest(
  "whatever a submodule has of its own keeps the worktree, also when the submodule is no longer checked out",
  () =>
    Effect.gen(function* () {
      const { box, lib, reasons, sub, verdict, worktree } = yield* withSubmodule
      fs.writeFileSync(path.join(sub, "new.txt"), "x")
      expect(yield* reasons).toEqual(["lib: new.txt"])
      fs.rmSync(path.join(sub, "new.txt"))
      fs.writeFileSync(path.join(sub, "lib.txt"), "changed\n")
      expect(yield* verdict()).toEqual(["submodule_unsaved"])
      box.run(sub, "stash", "-q")
      expect(yield* reasons).toEqual([expect.stringContaining("lib: a stash (WIP on ")])
      box.run(sub, "stash", "drop", "-q")
      const before = box.run(sub, "rev-parse", "HEAD")
      box.run(sub, "checkout", "-q", "-B", "mine")
      fs.writeFileSync(path.join(sub, "lib.txt"), "mine\n")
      box.commitAll(sub, "mine")
      expect(yield* reasons).toEqual(["lib: 1 commit of mine is not on the remote"])
      expect(yield* verdict()).toEqual(["uncommitted_changes", "submodule_unsaved"])
      box.run(sub, "checkout", "-q", before)
      expect(yield* verdict()).toEqual(["submodule_unsaved"])
      box.run(worktree, "submodule", "--quiet", "deinit", "--force", "lib")
      expect(yield* reasons).toEqual(["modules/some/lib: 1 commit of mine is not on the remote"])
      const modules = path.join(box.run(worktree, "rev-parse", "--absolute-git-dir"), "modules/some/lib")
      box.run(modules, "--git-dir", modules, "push", "-q", lib, "mine")
      expect(yield* verdict()).toBe("yes")
    }),
)
