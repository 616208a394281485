import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { temporaryDirectoryIn } from "../kit/temporary.ts"
import { trashLayers } from "../kit/trashStage.ts"
import { interleave, millisecondsOf, type Repetitions, type Row, spreadOf, timesOf } from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"
import { commitsTo } from "./worktreeCreation.ts"

/** What it costs to take a worktree away and to bring it back, beside git's own removal for good. */
export const trashing = Effect.fnUntraced(function* (
  { directory, files }: { readonly files: number; readonly directory: string },
  how: Repetitions,
) {
  const box = new GitBox(yield* temporaryDirectoryIn(directory))
  const remote = box.emptyRemote("remote.git")
  yield* commitsTo(box, remote)(files)
  const root = path.join(box.dir, "home")
  fs.mkdirSync(root)
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/tool": remote }))

  const taken = yield* Effect.gen(function* () {
    const ref = IssueRef.make({ instance: "example.org", owner: "ann", repository: "tool", identifier: "1" })
    const worktree = yield* (yield* Worktrees).ensure(ref, { path: null, branch: null })
    fs.writeFileSync(path.join(worktree.path, "d0/f0.txt"), "changed\n")
    box.run(worktree.path, "add", "--all")
    const trash = yield* Trash
    const discard = trash.discard({
      ref,
      name: path.basename(worktree.path),
      worktree: worktree.path,
      branch: worktree.branch,
      because: "destroy",
      forced: true,
      evidence: [],
      saved: false,
    })
    const restore = trash.restore(ref)
    const git = (...args: ReadonlyArray<string>) => runToEnd(["git", ...args], { env: box.env, cwd: worktree.clone })
    const other = path.join(box.dir, "other")
    return yield* interleave(
      {
        remove: Effect.andThen(
          git("worktree", "add", "--quiet", "--detach", other, "refs/remotes/origin/main"),
          millisecondsOf(git("worktree", "remove", "--force", other)),
        ),
        discard: Effect.tap(millisecondsOf(discard), () => restore),
        restore: Effect.andThen(discard, millisecondsOf(restore)),
      },
      how,
    )
  }).pipe(Effect.provide(trashLayers({ root, env: box.env })))

  const row = (what: string, taking: "discard" | "restore"): Row => ({
    what: `${what}, ${files.toLocaleString("en")} files`,
    took: spreadOf(taken[taking]),
    comparison: {
      against: "`git worktree remove`",
      took: spreadOf(taken.remove),
      cost: timesOf(taken[taking], taken.remove),
      goal: null,
    },
  })
  return [row("into the trash", "discard"), row("out of the trash", "restore")]
})
