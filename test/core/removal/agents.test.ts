import { expect } from "bun:test"
import { judgeRemoval } from "@kugetsu/core/domain/judgeRemoval"
import { Sessions } from "@kugetsu/core/Sessions"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { issueAt, removalStage } from "../../kit/removalStage.ts"

/** What keeps a worktree although it is forced; `yes`: nothing does. */
const forcedStage = Effect.gen(function* () {
  const stage = yield* removalStage
  return {
    ...stage,
    forced: (identifier = "1") =>
      Effect.map(stage.facts(identifier), (facts) => {
        const verdict = judgeRemoval(facts, { force: true })
        return verdict._tag === "Removable" ? "yes" : verdict.reasons.map(({ reason }) => reason)
      }),
    record: (identifier: string, worktree: string) =>
      Effect.provide(
        Sessions.use((sessions) =>
          sessions.update(issueAt(identifier), (session) => ({ ...session, worktree_path: worktree })),
        ),
        stage.layers,
      ),
  }
})

effectTest("an agent of any run inside a worktree keeps it, forced or not", () =>
  Effect.gen(function* () {
    const { ensure, facts, forced, verdict } = yield* forcedStage
    const { path: worktree } = yield* ensure("1")
    const run = "r_20261120T063012_k3f9qa"
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => Bun.spawn(["sleep", "60"], { cwd: worktree, env: { KUGETSU_RUN: run } })),
      (process) =>
        Effect.promise(() => {
          process.kill("SIGKILL")
          return process.exited
        }),
    )
    expect(yield* forced()).toEqual(["agent_running"])
    expect(yield* verdict()).toEqual(["agent_running", "process_inside"])
    expect((yield* facts()).agent).toMatchObject({ value: [`process ${child.pid} of run ${run}`] })
  }),
)

effectTest("a worktree that another issue's record names, in whatever way, is kept, forced or not", () =>
  Effect.gen(function* () {
    const { box, ensure, facts, forced, record, root, verdict } = yield* forcedStage
    const { path: worktree } = yield* ensure("1")
    yield* record("1", worktree)
    expect([yield* verdict(), yield* forced()]).toEqual(["yes", "yes"])
    const link = path.join(box.dir, "link")
    fs.symlinkSync(root, link)
    for (const place of [
      worktree,
      path.join(link, path.relative(root, worktree)),
      path.join(worktree, "inside"),
      path.dirname(worktree),
    ]) {
      yield* record("2", place)
      expect([place, yield* verdict(), yield* forced()]).toEqual([
        place,
        ["worktree_of_another"],
        ["worktree_of_another"],
      ])
    }
    expect((yield* facts()).others).toMatchObject({
      value: ["it is recorded as the worktree of example.org/ann/repo#2, too"],
    })
    yield* record("2", `${worktree}-2`)
    expect([yield* verdict(), yield* forced()]).toEqual(["yes", "yes"])
  }),
)

effectTest("a record that points at another issue's worktree does not take it along", () =>
  Effect.gen(function* () {
    const { ensure, facts, record, root } = yield* forcedStage
    const { path: second } = yield* ensure("2")
    yield* record("1", second)
    // a record that has lost the place still has its name
    yield* record("2", path.join(root, "gone"))
    expect((yield* facts("1", { worktree: second })).others).toMatchObject({
      value: ["it is recorded as the worktree of example.org/ann/repo#2, too"],
    })
  }),
)

effectTest("while another record cannot be read a worktree is kept, unless it is forced", () =>
  Effect.gen(function* () {
    const { ensure, forced, record, root, verdict } = yield* forcedStage
    const { path: worktree } = yield* ensure("1")
    yield* record("1", worktree)
    fs.writeFileSync(path.join(root, "sessions/example.org-ann-repo-2.json"), "{")
    expect([yield* verdict(), yield* forced()]).toEqual([["others_unknown"], "yes"])
  }),
)
