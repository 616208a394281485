import { expect } from "bun:test"
import { Effect } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { forges, forgeStage, working } from "../kit/forges/forgeStage.ts"

effectTest("an issue with a number works on fix/issue-NUMBER, one without on fix/NAME", () =>
  Effect.gen(function* () {
    const { git, json, repository } = yield* working
    const remote = repository("tool")
    for (const [identifier, branch] of [
      ["12", "fix/issue-12"],
      ["-discuss", "fix/-discuss"],
    ] as const) {
      const { answer, code } = yield* json(["start", `example.org/ann/tool#${identifier}`, "go"])
      expect([code, answer.outcome, answer.branch_name]).toEqual([0, "committed", branch])
      expect(git.run(remote, "rev-parse", `refs/heads/${branch}`)).toBe(answer.work.commits[0].sha)
      expect(git.run(answer.worktree_path, "branch", "--show-current")).toBe(branch)
    }
  }),
)

effectTest("a branch that somebody pushed meanwhile is worked on from its head", () =>
  Effect.gen(function* () {
    const { git, json, repository } = yield* working
    const remote = repository("tool")
    yield* json(["start", "example.org/ann/tool#1", "go"])
    const theirs = git.commit(remote, "fix/issue-7", { "theirs.txt": "x" }, "theirs", "main")
    const { answer } = yield* json(["start", "example.org/ann/tool#7", "go"])
    expect([answer.outcome, answer.branch_name]).toEqual(["committed", "fix/issue-7"])
    expect(git.run(remote, "rev-parse", "fix/issue-7^")).toBe(theirs)
  }),
)

for (const type of Object.keys(forges)) {
  effectTest(`${type}: a branch is taken up unless its pull request is merged or closed; then the next one is`, () =>
    Effect.gen(function* () {
      const { git, pulls, recordedBranches, ref, remote, work } = yield* forgeStage(type)
      const issues = [1, 2, 3, 4]
      const heads = issues.map((issue) =>
        git.commit(remote, `fix/issue-${issue}`, { "theirs.txt": "x" }, "theirs", "main"),
      )
      pulls.createPr("fix/issue-1")
      pulls.merge(pulls.createPr("fix/issue-2"))
      pulls.close(pulls.createPr("fix/issue-3"))

      const answers = yield* Effect.forEach(issues, (issue) => work("start", issue), { concurrency: 4 })
      const branches = ["fix/issue-1", "fix/issue-2-2", "fix/issue-3-2", "fix/issue-4"]
      expect(answers.map(({ branch_name }) => branch_name)).toEqual(branches)
      expect(answers.map(({ outcome }) => outcome)).toEqual(["pr_updated", "committed", "committed", "committed"])
      const main = git.run(remote, "rev-parse", "main")
      const starts = branches.map((branch) => git.run(remote, "rev-parse", `${branch}^`))
      expect(starts).toEqual([heads[0]!, main, main, heads[3]!])
      const recorded = yield* recordedBranches
      expect(issues.map((issue) => recorded.get(ref(issue)))).toEqual(branches)
    }),
  )
}

effectTest("an issue goes over to its next branch, in the same worktree, each time its pull request has ended", () =>
  Effect.gen(function* () {
    const { git, pulls, recordedBranches, ref, remote, work } = yield* forgeStage("gitea")
    const first = yield* work("start", 5)
    expect([first.outcome, first.branch_name]).toEqual(["committed", "fix/issue-5"])

    const pull = pulls.createPr("fix/issue-5")
    const second = yield* work("continue", 5)
    expect([second.outcome, second.branch_name]).toEqual(["pr_updated", "fix/issue-5"])
    expect(second.pr_url).toEndWith(`/kdev/demo/pulls/${pull}`)

    pulls.merge(pull)
    const merged = git.commit(remote, "main", { "merged.txt": "x" }, "merged")
    const third = yield* work("continue", 5)
    expect([third.outcome, third.branch_name]).toEqual(["committed", "fix/issue-5-2"])
    expect(third.worktree_path).toBe(first.worktree_path)
    expect(git.run(remote, "rev-parse", "fix/issue-5-2^")).toBe(merged)

    pulls.close(pulls.createPr("fix/issue-5-2"))
    const fourth = yield* work("start", 5)
    expect([fourth.outcome, fourth.branch_name]).toEqual(["committed", "fix/issue-5-3"])
    expect((yield* recordedBranches).get(ref(5))).toBe("fix/issue-5-3")
    expect(git.run(fourth.worktree_path, "branch", "--show-current")).toBe("fix/issue-5-3")
  }),
)
