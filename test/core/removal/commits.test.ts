import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

/** What people do with a branch on the forge, in a clone of their own. */
const mergeOnForge = (
  stage: Effect.Success<typeof removalStage>,
  how: "squash" | "rebase" | "merge",
  branch = "fix/issue-1",
) => {
  const { box, remote } = stage
  const tree = path.join(box.dir, `forge ${fs.readdirSync(box.dir).length}`)
  box.run(box.dir, "clone", "-q", remote, tree)
  // the base moves on meanwhile, and above the lines that the branch changes
  fs.writeFileSync(path.join(tree, "a.txt"), `zero\n${fs.readFileSync(path.join(tree, "a.txt"), "utf8")}`)
  box.commitAll(tree, "meanwhile")
  if (how === "merge") box.run(tree, "merge", "-q", "--no-ff", "--no-edit", `origin/${branch}`)
  if (how === "squash") {
    box.run(tree, "merge", "-q", "--squash", `origin/${branch}`)
    box.run(tree, "commit", "-q", "-m", "squashed (#1)")
  }
  if (how === "rebase") box.run(tree, "cherry-pick", `origin/main..origin/${branch}`)
  box.run(tree, "push", "-q", "origin", "HEAD:main", `:${branch}`)
}

effectTest("a worktree without a commit of its own may go, and the forge is not asked", () =>
  Effect.gen(function* () {
    const { ensure, forge, verdict } = yield* removalStage
    yield* ensure("1")
    forge.silent = true
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest(
  "commits that are nowhere else keep a worktree, and pushed ones too until their pull request is settled",
  () =>
    Effect.gen(function* () {
      const { commit, ensure, facts, forge, push, verdict } = yield* removalStage
      const { path: worktree } = yield* ensure("1")
      commit(worktree, "c.txt", "1")
      commit(worktree, "c.txt", "2")
      forge.byBranch.set("fix/issue-1", "merged")
      expect(yield* verdict()).toEqual(["unsaved_commits"])
      expect((yield* facts()).commits).toMatchObject({
        value: { detail: "2 commits of fix/issue-1 are not on the remote" },
      })
      push(worktree)
      const verdicts: Record<string, unknown> = {}
      for (const state of ["open", "draft", "merged", "closed"] as const) {
        forge.byBranch.set("fix/issue-1", state)
        verdicts[state] = yield* verdict()
      }
      forge.byBranch.clear()
      verdicts.none = yield* verdict()
      forge.silent = true
      verdicts.unknown = yield* verdict()
      expect(verdicts).toEqual({
        open: ["pull_request_open"],
        draft: ["pull_request_open"],
        merged: "yes",
        closed: "yes",
        none: ["no_pull_request"],
        unknown: ["pullRequest_unknown"],
      })
    }),
)

for (const how of ["squash", "rebase", "merge"] as const) {
  effectTest(`a branch that was merged (${how}) and deleted is known as merged by what came into the base`, () =>
    Effect.gen(function* () {
      const stage = yield* removalStage
      const { box, commit, ensure, forge, push, verdict } = stage
      const { path: worktree } = yield* ensure("1")
      commit(worktree, "a.txt", "one\ntwo\nthree\nfour\n")
      commit(worktree, "c.txt", "c\n")
      push(worktree)
      mergeOnForge(stage, how)
      // the forge knows no head, as after the deletion of a branch
      forge.byBranch.set("fix/issue-1", "merged")
      expect(yield* verdict()).toBe("yes")
      box.run(worktree, "commit", "-q", "--allow-empty", "-m", "one commit more, with nothing in it")
      expect(yield* verdict()).toEqual(["unsaved_commits"])
      box.run(worktree, "reset", "-q", "--hard", "HEAD~1")
      commit(worktree, "d.txt", "one commit more\n")
      expect(yield* verdict()).toEqual(["unsaved_commits"])
    }),
  )
}

effectTest("a remote whose HEAD is on no branch is one without a base: every commit is the worktree's own", () =>
  Effect.gen(function* () {
    const { box, ensure, forge, remote, verdict } = yield* removalStage
    yield* ensure("1")
    expect(yield* verdict()).toBe("yes")
    box.run(remote, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    expect(yield* verdict()).toEqual(["no_pull_request"])
    forge.byBranch.set("fix/issue-1", "merged")
    // without a head that is known nothing was seen to be merged
    expect(yield* verdict()).toEqual(["no_pull_request"])
    forge.heads.set("fix/issue-1", box.run(remote, "rev-parse", "main").trim())
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("what was pushed to a branch that went another way than its merged pull request is kept", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, forge, push, remote, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c\n")
    push(worktree)
    // the forge's button that brings a branch up to date, and what it made was merged
    const merged = box.commit(remote, "fix/issue-1", { "c.txt": "c and more\n" })
    commit(worktree, "d.txt", "one commit more\n")
    box.run(worktree, "push", "-q", "-f", remote, "HEAD:refs/heads/fix/issue-1")
    forge.heads.set("fix/issue-1", merged)
    forge.byBranch.set("fix/issue-1", "merged")
    expect(yield* verdict()).toEqual(["no_pull_request"])
    box.run(remote, "update-ref", "refs/pull/1/head", merged)
    expect(yield* verdict()).toEqual(["no_pull_request"])
  }),
)

effectTest("what was merged with a change of somebody else's is known by the merged head, which is asked for", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, forge, push, remote, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c\n")
    push(worktree)
    const merged = box.commit(remote, "fix/issue-1", { "c.txt": "better\n" })
    box.run(remote, "update-ref", "refs/pull/1/head", merged)
    box.run(remote, "update-ref", "-d", "refs/heads/fix/issue-1")
    forge.byBranch.set("fix/issue-1", "merged")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    forge.heads.set("fix/issue-1", merged)
    expect(yield* verdict()).toBe("yes")
    commit(worktree, "d.txt", "one commit more\n")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    forge.byBranch.set("fix/issue-1", "closed")
    box.run(worktree, "reset", "-q", "--hard", "HEAD~1")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
  }),
)

effectTest("a branch that was used again is kept while its new pull request is open", () =>
  Effect.gen(function* () {
    const { commit, ensure, forge, push, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c\n")
    push(worktree)
    forge.byNumber.set(7, "old")
    forge.byBranch.set("old", "merged")
    forge.byBranch.set("fix/issue-1", "open")
    expect(yield* verdict("1", { pullRequest: 7 })).toEqual(["pull_request_open"])
  }),
)

effectTest("WORKTREE_CHECK_PR_STATUS=false leaves out the forge, and nothing else", () =>
  Effect.gen(function* () {
    const { commit, ensure, env, forge, push, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c\n")
    forge.silent = true
    env.WORKTREE_CHECK_PR_STATUS = "false"
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    push(worktree)
    expect(yield* verdict()).toBe("yes")
    fs.writeFileSync(path.join(worktree, "new.txt"), "")
    expect(yield* verdict()).toEqual(["uncommitted_changes"])
  }),
)

effectTest("the remote decides what is saved, not what the clone remembers of it", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, forge, push, remote, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    commit(worktree, "c.txt", "c\n")
    push(worktree)
    forge.byBranch.set("fix/issue-1", "closed")
    box.run(worktree, "fetch", "-q", "origin")
    expect(yield* verdict()).toBe("yes")
    box.run(remote, "update-ref", "-d", "refs/heads/fix/issue-1")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    fs.renameSync(remote, `${remote}.away`)
    expect(yield* verdict()).toEqual(["commits_unknown"])
  }),
)

effectTest("a detached head counts beside the branch, and so does the branch that is not checked out", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, forge, push, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    forge.byBranch.set("fix/issue-1", "merged")
    box.run(worktree, "checkout", "-q", "--detach")
    commit(worktree, "c.txt", "c\n")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    push(worktree)
    expect(yield* verdict()).toBe("yes")
    box.run(worktree, "checkout", "-q", "fix/issue-1")
    commit(worktree, "d.txt", "d\n")
    box.run(worktree, "checkout", "-q", "--detach", "origin/main")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
  }),
)

effectTest("a branch without a commit is refused", () =>
  Effect.gen(function* () {
    const { box, ensure, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    box.run(worktree, "checkout", "-q", "--orphan", "new")
    box.run(worktree, "rm", "-rqf", ".")
    expect(yield* verdict()).toEqual(["head_unborn"])
  }),
)

effectTest("two changes of binary files, or of text that is no UTF-8, are only the same when all of it is", () =>
  Effect.gen(function* () {
    const stage = yield* removalStage
    const { box, ensure, forge, push, remote, verdict } = stage
    const { path: worktree } = yield* ensure("1")
    fs.writeFileSync(path.join(worktree, "bin"), new Uint8Array([0, 1, 2]))
    fs.writeFileSync(path.join(worktree, "latin"), new Uint8Array([0xe4, 10]))
    box.commitAll(worktree, "bytes")
    push(worktree)
    const other = path.join(box.dir, "other")
    box.run(box.dir, "clone", "-q", remote, other)
    fs.writeFileSync(path.join(other, "bin"), new Uint8Array([0, 1, 2]))
    fs.writeFileSync(path.join(other, "latin"), new Uint8Array([0xf6, 10]))
    box.commitAll(other, "others' bytes")
    box.run(other, "push", "-q", "origin", "HEAD:main", ":fix/issue-1")
    forge.byBranch.set("fix/issue-1", "merged")
    expect(yield* verdict()).toEqual(["unsaved_commits"])
    fs.writeFileSync(path.join(other, "latin"), new Uint8Array([0xe4, 10]))
    box.run(other, "reset", "-q", "--soft", "HEAD~1")
    box.commitAll(other, "the same bytes")
    box.run(other, "push", "-qf", "origin", "HEAD:main")
    expect(yield* verdict()).toBe("yes")
  }),
)

effectTest("a commit that was pushed after the merge or the closing waits for a pull request of its own", () =>
  Effect.gen(function* () {
    const { commit, ensure, forge, push, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    const merged = commit(worktree, "c.txt", "c\n")
    push(worktree)
    forge.heads.set("fix/issue-1", merged)
    for (const state of ["merged", "closed"] as const) {
      forge.byBranch.set("fix/issue-1", state)
      expect(yield* verdict()).toBe("yes")
    }
    const later = commit(worktree, "d.txt", "later\n")
    push(worktree)
    for (const state of ["merged", "closed"] as const) {
      forge.byBranch.set("fix/issue-1", state)
      expect(yield* verdict()).toEqual(["no_pull_request"])
    }
    forge.heads.set("fix/issue-1", later)
    expect(yield* verdict()).toBe("yes")
  }),
)
