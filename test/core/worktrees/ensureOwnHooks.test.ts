import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

/** Two issues at work in one clone, and a hook that leaves a trace of the worktree it ran in. */
const twoAtWork = Effect.gen(function* () {
  const stage = yield* removalStage
  const { box, ensure } = stage
  const { path: first } = yield* ensure("1")
  const { path: second } = yield* ensure("2")
  const traces = path.join(box.dir, "traces")
  let commits = 0
  return {
    ...stage,
    first,
    second,
    hook: (dir: string) => {
      fs.mkdirSync(dir, { recursive: true })
      fs.writeFileSync(path.join(dir, "post-commit"), `#!/bin/sh\npwd >> '${traces}'\n`, { mode: 0o755 })
    },
    /** The worktrees in which the hook ran when both commit. */
    ranIn: () => {
      fs.rmSync(traces, { force: true })
      for (const worktree of [first, second]) stage.commit(worktree, "c.txt", `${commits++}`)
      const text = fs.existsSync(traces) ? fs.readFileSync(traces, "utf8") : ""
      return text
        .split("\n")
        .filter(Boolean)
        .map((place) => path.basename(place).slice(-1))
    },
  }
})

effectTest("hooks that are put into the clone act in no worktree, and are put aside before the next turn", () =>
  Effect.gen(function* () {
    const { box, clone, ensure, first, hook, ranIn } = yield* twoAtWork
    hook(path.join(clone, "hooks"))
    expect(ranIn()).toEqual([])
    hook(path.join(box.dir, "evil"))
    box.run(first, "config", "core.hooksPath", path.join(box.dir, "evil"))
    box.run(
      first,
      "config",
      "--file",
      path.join(clone, "config.worktree"),
      "core.hooksPath",
      path.join(box.dir, "evil"),
    )
    expect(ranIn()).toEqual([])
    const { path: third } = yield* ensure("3")
    expect(fs.readdirSync(path.join(clone, "hooks"))).toEqual([])
    expect(fs.readdirSync(path.join(clone, "kugetsu-aside/hooks"))).toHaveLength(1)
    expect(box.run(clone, "config", "--list")).not.toContain("evil")
    expect(box.run(third, "config", "--get-all", "core.hooksPath")).not.toContain("evil")
  }),
)

effectTest("hooks that a worktree names for itself, or puts where git has its own, act in that worktree alone", () =>
  Effect.gen(function* () {
    const { box, ensure, first, hook, ranIn } = yield* twoAtWork
    hook(box.run(first, "rev-parse", "--git-path", "hooks"))
    expect(ranIn()).toEqual(["1"])
    hook(path.join(first, ".husky/_"))
    box.run(first, "config", "--worktree", "core.hooksPath", ".husky/_")
    expect(ranIn()).toEqual(["1"])
    yield* ensure("1")
    expect(ranIn()).toEqual(["1"])
    expect(box.run(first, "config", "core.hooksPath")).toBe(".husky/_")
  }),
)

effectTest("a worktree whose hooks are elsewhere gets its own before its next turn", () =>
  Effect.gen(function* () {
    const { box, ensure, first, hook, ranIn, second } = yield* twoAtWork
    hook(path.join(second, "hooks"))
    for (const elsewhere of [path.join(second, "hooks"), "../example.org-ann-repo-2/hooks", "~/evil", ""]) {
      box.run(first, "config", "--worktree", "core.hooksPath", elsewhere)
      yield* ensure("1")
      expect(ranIn()).toEqual([])
    }
    box.run(first, "config", "--worktree", "--unset", "core.hooksPath")
    yield* ensure("1")
    const admin = box.run(first, "rev-parse", "--absolute-git-dir")
    expect(box.run(first, "config", "core.hooksPath")).toBe(path.join(admin, "hooks"))
  }),
)
