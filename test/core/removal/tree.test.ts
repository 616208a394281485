import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

type Stage = Effect.Success<typeof removalStage>

interface At {
  readonly stage: Stage
  readonly worktree: string
  readonly write: (file: string, content: string) => void
  readonly git: (...args: ReadonlyArray<string>) => string
}

/** What somebody does in a clean worktree, and what then keeps it. */
const keeps: ReadonlyArray<readonly [what: string, reasons: ReadonlyArray<string>, act: (at: At) => void]> = [
  ["a changed file", ["uncommitted_changes"], ({ write }) => write("a.txt", "changed\n")],
  ["an untracked file", ["uncommitted_changes"], ({ write }) => write("dir/ñew file.txt", "")],
  ["a deleted file", ["uncommitted_changes"], ({ worktree }) => fs.rmSync(path.join(worktree, "a.txt"))],
  ["an exec bit", ["uncommitted_changes"], ({ worktree }) => fs.chmodSync(path.join(worktree, "a.txt"), 0o755)],
  [
    "a staged file",
    ["uncommitted_changes"],
    ({ git, write }) => {
      write("new.txt", "new\n")
      git("add", "new.txt")
    },
  ],
  [
    "a file that is only meant to be added",
    ["uncommitted_changes"],
    ({ git, write }) => {
      write("new.txt", "new\n")
      git("add", "--intent-to-add", "new.txt")
    },
  ],
  [
    "a repository inside",
    ["uncommitted_changes"],
    ({ git, worktree, write }) => {
      git("init", "-q", path.join(worktree, "inner"))
      write("inner/x.txt", "x\n")
    },
  ],
  [
    "a changed file that is assumed to be unchanged",
    ["hidden_changes"],
    ({ git, write }) => {
      git("update-index", "--assume-unchanged", "a.txt")
      write("a.txt", "changed\n")
    },
  ],
  [
    "a changed file that git is to skip",
    ["hidden_changes"],
    ({ git, write }) => {
      git("update-index", "--skip-worktree", "a.txt")
      write("a.txt", "changed\n")
    },
  ],
  [
    "a stash made on its branch",
    ["stash"],
    ({ git, write }) => {
      write("a.txt", "changed\n")
      git("stash", "-q")
    },
  ],
  [
    "a stash made on a detached head it stood on",
    ["stash"],
    ({ git, write }) => {
      git("checkout", "-q", "--detach")
      write("a.txt", "changed\n")
      git("stash", "-q")
      git("checkout", "-q", "fix/issue-1")
    },
  ],
  ["a lock that somebody put on it", ["worktree_locked"], ({ git, worktree }) => git("worktree", "lock", worktree)],
  [
    "a bisect",
    ["operation_in_progress"],
    ({ git }) => {
      git("bisect", "start")
    },
  ],
  [
    "a merge in progress",
    ["uncommitted_changes", "operation_in_progress"],
    ({ git, stage, worktree, write }) => {
      stage.box.commit(stage.remote, "other", { "a.txt": "other\n" }, "other", "main")
      git("fetch", "-q", "origin")
      write("a.txt", "mine\n")
      git("commit", "-qam", "mine")
      stage.push(worktree)
      stage.forge.byBranch.set("fix/issue-1", "merged")
      try {
        git("merge", "-q", "origin/other")
      } catch {
        // the conflict that was wanted
      }
    },
  ],
]

for (const [what, reasons, act] of keeps) {
  effectTest(`${what} keeps a worktree`, () =>
    Effect.gen(function* () {
      const stage = yield* removalStage
      const { path: worktree } = yield* stage.ensure("1")
      expect(yield* stage.verdict()).toBe("yes")
      const write = (file: string, content: string) => {
        fs.mkdirSync(path.dirname(path.join(worktree, file)), { recursive: true })
        fs.writeFileSync(path.join(worktree, file), content)
      }
      act({ stage, worktree, write, git: (...args) => stage.box.run(worktree, ...args) })
      expect(yield* stage.verdict()).toEqual(reasons)
    }),
  )
}

effectTest(
  "ignored files, hidden ones that are as git has them, and skipped ones that are not there keep nothing",
  () =>
    Effect.gen(function* () {
      const { box, commit, ensure, forge, push, verdict } = yield* removalStage
      const { path: worktree } = yield* ensure("1")
      fs.symlinkSync("b.txt", path.join(worktree, "link"))
      commit(worktree, ".gitignore", "node_modules\n.env\n")
      push(worktree)
      forge.byBranch.set("fix/issue-1", "merged")
      fs.mkdirSync(path.join(worktree, "node_modules"))
      fs.writeFileSync(path.join(worktree, "node_modules/x"), "x")
      fs.writeFileSync(path.join(worktree, ".env"), "A=1")
      box.run(worktree, "update-index", "--assume-unchanged", "a.txt", "link")
      box.run(worktree, "update-index", "--skip-worktree", "b.txt", "link")
      expect(yield* verdict()).toBe("yes")
      fs.rmSync(path.join(worktree, "b.txt"))
      expect(yield* verdict()).toBe("yes")
      fs.rmSync(path.join(worktree, "a.txt"))
      expect(yield* verdict()).toEqual(["hidden_changes"])
    }),
)

effectTest("a stash belongs to the worktree whose branch it names, though all began at the same commit", () =>
  Effect.gen(function* () {
    const { box, ensure, facts, verdict } = yield* removalStage
    const { path: first } = yield* ensure("1")
    yield* ensure("2")
    fs.writeFileSync(path.join(first, "a.txt"), "changed\n")
    box.run(first, "stash", "-q", "--message", "half")
    expect(yield* verdict("1")).toEqual(["stash"])
    expect(yield* verdict("2")).toBe("yes")
    expect((yield* facts("1")).stashes).toMatchObject({ value: ["stash@{0}: On fix/issue-1: half"] })
  }),
)

effectTest("a stash made without a branch is of the worktree that stood on its commit", () =>
  Effect.gen(function* () {
    const { box, commit, ensure, facts, verdict } = yield* removalStage
    const { path: first } = yield* ensure("1")
    yield* ensure("2")
    box.run(first, "checkout", "-q", "--detach")
    commit(first, "c.txt", "c")
    fs.writeFileSync(path.join(first, "a.txt"), "changed\n")
    box.run(first, "stash", "-q")
    expect((yield* facts("1")).stashes).toMatchObject({
      value: [expect.stringMatching(/^stash@\{0\}: WIP on \(no branch\): .* change c.txt$/)],
    })
    expect(yield* verdict("2")).toBe("yes")
  }),
)

effectTest("a stash that nobody owns keeps every worktree, by name; one that the trash keeps does not", () =>
  Effect.gen(function* () {
    const { box, clone, commit, ensure, facts, verdict } = yield* removalStage
    const { path: first } = yield* ensure("1")
    yield* ensure("2")
    box.run(first, "checkout", "-q", "-b", "elsewhere")
    commit(first, "c.txt", "c")
    fs.writeFileSync(path.join(first, "a.txt"), "changed\n")
    box.run(first, "stash", "-q")
    box.run(clone, "worktree", "remove", "--force", first)
    expect(yield* verdict("2")).toEqual(["stash"])
    expect(JSON.stringify((yield* facts("2")).stashes)).toContain("WIP on elsewhere")
    box.run(clone, "update-ref", "refs/kugetsu/trash/t_1/stash/x", "refs/stash")
    expect(yield* verdict("2")).toBe("yes")
  }),
)

effectTest("a process that works in it, or has a file of it open, keeps a worktree and is named", () =>
  Effect.gen(function* () {
    const { ensure, facts, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    const sleeper = (options: Bun.SpawnOptions.OptionsObject<"ignore", "ignore", "ignore">) =>
      Effect.acquireRelease(
        Effect.sync(() => Bun.spawn(["sleep", "60"], { ...options, env: {} })),
        (child) =>
          Effect.promise(() => {
            child.kill("SIGKILL")
            return child.exited
          }),
      )
    yield* Effect.scoped(
      Effect.gen(function* () {
        const child = yield* sleeper({ cwd: worktree })
        expect(yield* verdict()).toEqual(["process_inside"])
        expect((yield* facts()).processes).toMatchObject({ value: [`sleep (${child.pid})`] })
      }),
    )
    expect(yield* verdict()).toBe("yes")
    const descriptor = fs.openSync(path.join(worktree, "a.txt"), "r")
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => Bun.spawn(["sleep", "60"], { cwd: "/", stdio: [descriptor, "ignore", "ignore"] })),
          (child) =>
            Effect.promise(() => {
              child.kill("SIGKILL")
              return child.exited
            }),
        )
        fs.closeSync(descriptor)
        expect(yield* verdict()).toEqual(["process_inside"])
      }),
    )
  }),
)

effectTest("what is left of one of its runs keeps a worktree wherever it works", () =>
  Effect.gen(function* () {
    const { ensure, verdict } = yield* removalStage
    yield* ensure("1")
    const run = `r_20261120T063012_${process.pid.toString(36).padStart(6, "0").slice(-6)}`
    yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn(["sleep", "60"], { cwd: "/", env: { KUGETSU_RUN: run } })),
      (child) =>
        Effect.promise(() => {
          child.kill("SIGKILL")
          return child.exited
        }),
    )
    expect(yield* verdict("1", { runs: [run] })).toEqual(["agent_running"])
    expect(yield* verdict("1", { runs: [] })).toBe("yes")
  }),
)
