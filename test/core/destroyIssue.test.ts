import { destroyIssue } from "@kugetsu/core/destroyIssue"
import { Launcher } from "@kugetsu/core/Launcher"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Trash } from "@kugetsu/core/Trash"
import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { issueAt, removalStage } from "../kit/removalStage.ts"

const ref = issueAt("1")

/** An issue with its worktree and record, and a launcher that tells when it was asked to keep runs off. */
const destroying = Effect.gen(function* () {
  const stage = yield* removalStage
  const { path: worktree, branch } = yield* stage.ensure("1")
  const seen: Array<string> = []
  const launcher = Layer.mock(Launcher, {
    hold: (issue) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          seen.push(`hold ${issue?.toString()}`)
          return []
        }),
        () => Effect.sync(() => void seen.push("let go")),
      ),
  })
  const layers = Layer.mergeAll(launcher, Trash.layer, Runs.layer).pipe(Layer.provideMerge(stage.layers))
  const record = Sessions.use((sessions) =>
    sessions.update(ref, (session) => ({ ...session, worktree_path: worktree, branch_name: branch })),
  )
  yield* Effect.provide(record, layers)
  const destroy = (force: boolean, atQuestion: () => void) =>
    Effect.provide(
      destroyIssue(ref, {
        force,
        because: "destroy",
        confirm: () =>
          Effect.sync(() => {
            seen.push("asked")
            atQuestion()
          }),
      }),
      layers,
    )
  return { ...stage, worktree, seen, destroy }
})

effectTest("what happens in a worktree while a person is asked is seen, and it stays", () =>
  Effect.gen(function* () {
    const { destroy, seen, worktree } = yield* destroying
    const removal = yield* destroy(false, () => fs.writeFileSync(path.join(worktree, "new.txt"), "x"))
    expect(removal).toMatchObject({ _tag: "Refused", reasons: [{ reason: "uncommitted_changes" }] })
    expect(fs.existsSync(path.join(worktree, "new.txt"))).toBe(true)
    expect(seen).toEqual([`hold ${ref.toString()}`, "asked", "let go"])
  }),
)

effectTest(
  "the issue is held from the first fact to the end of the move, and nobody is asked about what is refused",
  () =>
    Effect.gen(function* () {
      const { destroy, seen, worktree } = yield* destroying
      fs.writeFileSync(path.join(worktree, "new.txt"), "x")
      expect(yield* destroy(false, () => {})).toMatchObject({ _tag: "Refused" })
      expect(seen.splice(0)).toEqual([`hold ${ref.toString()}`, "let go"])
      expect(yield* destroy(true, () => {})).toMatchObject({ _tag: "Removed", receipt: { forced: true, saved: false } })
      expect(seen).toEqual([`hold ${ref.toString()}`, "asked", "let go"])
      expect(fs.existsSync(worktree)).toBe(false)
    }),
)

effectTest("a rescue that fails leaves everything where it is, forced or not", () =>
  Effect.gen(function* () {
    const { destroy, root, worktree } = yield* destroying
    fs.writeFileSync(path.join(root, "trash"), "no directory")
    const failure = yield* Effect.flip(destroy(true, () => {}))
    expect([failure._tag, failure.code]).toEqual(["HomeUnusable", 74])
    expect(fs.existsSync(path.join(worktree, "a.txt"))).toBe(true)
    expect(fs.readdirSync(path.join(root, "sessions"))).toEqual(["example.org-ann-repo-1.json"])
  }),
)
