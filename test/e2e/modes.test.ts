import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { fakeStage } from "../kit/stage.ts"

const commitAndPush = `mkdir -p dir && echo x > dir/new.txt && git add -A && git commit -qm work && git push -q origin HEAD`

const everythingBelow = (dir: string): ReadonlyArray<string> =>
  fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .map(({ name, parentPath }) => path.join(parentPath, name))

effectTest("after a run under umask 022 nothing in the home can be read by others", () =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => process.umask(0o022)),
      (before) => Effect.sync(() => process.umask(before)),
    )
    const { json, kugetsuHome, repository, worktree } = yield* fakeStage({
      run: { shell: commitAndPush, events: goodTurn("done") },
    })
    repository("tool")
    const { answer } = yield* json(["start", "example.org/ann/tool#1", "go"])
    expect(answer.outcome).toBe("committed")
    yield* json(["env", "set", "KEY", "value"])

    const all = everythingBelow(kugetsuHome)
    const others = all.filter((file) => (fs.lstatSync(file).mode & 0o077) !== 0 && !fs.lstatSync(file).isSymbolicLink())
    expect(others.map((file) => path.relative(kugetsuHome, file))).toEqual([])
    // what was looked at
    expect(all).toContain(path.join(worktree("tool", "1"), "dir", "new.txt"))
    for (const name of ["gitdir", "COMMIT_EDITMSG", "events.jsonl", "exit.json", "export.json", "config"]) {
      expect(all.map((file) => path.basename(file))).toContain(name)
    }
  }),
)
