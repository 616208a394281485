import { expect } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { rejoinMoved } from "@kugetsu/core/worktrees/rejoinMoved"
import { lockClone } from "@kugetsu/core/worktrees/SharedClone"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { layOutFirstHome } from "../../kit/firstHome.ts"
import { GitBox } from "../../kit/git.ts"
import { gitLayers } from "../../kit/gitLayers.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const issue = (identifier: string) =>
  new IssueRef({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier })

const setUp = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, ".kugetsu")
  const first = layOutFirstHome(root, box, box.remote("kugetsu.git"))
  const ensure = (identifier: string, recorded: string, at = root) =>
    Effect.flatMap(Worktrees, (worktrees) =>
      worktrees.ensure(issue(identifier), { path: recorded, branch: null }),
    ).pipe(Effect.provide(gitLayers({ root: at, env: box.env })))
  const work = (tree: string) => ({
    branch: box.run(tree, "branch", "--show-current"),
    status: box.run(tree, "status", "--porcelain"),
    halfDone: fs.readFileSync(path.join(tree, "half done.txt"), "utf8"),
  })
  return { box, root, first, ensure, work }
})

effectTest("a worktree of the first kugetsu stays where it is and as it is, also outside the home", () =>
  Effect.gen(function* () {
    const { box, ensure, first, work } = yield* setUp
    const inHome = first.worktree("14")
    const outside = path.join(box.dir, "project", ".kugetsu-worktrees", "github.com-shoko-kugetsu-15")
    fs.mkdirSync(path.dirname(outside), { recursive: true })
    box.run(first.clone, "worktree", "move", first.worktree("15"), outside)
    for (const [identifier, tree] of [
      ["14", inHome],
      ["15", outside],
    ] as const) {
      const before = work(tree)
      const { branch, path: at } = yield* ensure(identifier, tree)
      expect([at, branch]).toEqual([tree, `fix/issue-${identifier}`])
      expect(work(tree)).toEqual(before)
    }
  }),
)

effectTest("a home of the first kugetsu that came to another place has its worktrees joined to its clone again", () =>
  Effect.gen(function* () {
    const { box, ensure, first, root, work } = yield* setUp
    const recorded = { one: first.worktree("14"), two: first.worktree("15") }
    const before = work(recorded.one)
    const moved = path.join(box.dir, "new machine", ".kugetsu")
    fs.cpSync(root, moved, { recursive: true })
    fs.renameSync(root, `${root}.gone`)
    const tree = recorded.one.replace(root, moved)
    expect((yield* ensure("14", recorded.one, moved)).path).toBe(tree)
    expect(work(tree)).toEqual(before)
    const listed = box.run(path.join(moved, "repositories", "kugetsu"), "worktree", "list", "--porcelain")
    expect(listed).toContain(`worktree ${fs.realpathSync(tree)}\n`)
    // one that was not asked for is as it came
    expect(listed).toContain(`worktree ${recorded.two}\n`)
  }),
)

effectTest(
  "a worktree and its clone are joined to the end where that was cut off, and by nobody without the lock",
  () =>
    Effect.gen(function* () {
      const { box, first, root, work } = yield* setUp
      const recorded = first.worktree("14")
      const before = work(recorded)
      const moved = path.join(box.dir, "new machine", ".kugetsu")
      fs.renameSync(root, (fs.mkdirSync(path.dirname(moved)), moved))
      const [tree, clone] = [recorded, first.clone].map((place) => place.replace(root, moved)) as [string, string]
      const admin = path.join(clone, ".git", "worktrees", path.basename(tree))
      const back = path.join(admin, "gitdir")
      yield* Effect.gen(function* () {
        const home = yield* KugetsuHome
        const rejoin = rejoinMoved(home, tree, recorded)
        const written = fs.readFileSync(back, "utf8")
        const waited = lockClone(home, path.join(clone, ".git")).pipe(
          Effect.andThen(Effect.timeoutOption(rejoin, 100)),
          Effect.scoped,
        )
        expect([(yield* waited)._tag, fs.readFileSync(back, "utf8")]).toEqual(["None", written])
        fs.writeFileSync(back, `${tree}/.git\n`) // killed after the first of the two
        yield* rejoin
      }).pipe(Effect.provide(KugetsuHome.at(moved)))
      expect(work(tree)).toEqual(before)
    }),
)

effectTest("a worktree whose clone is nowhere is refused, and nothing in it is touched", () =>
  Effect.gen(function* () {
    const { ensure, first } = yield* setUp
    const tree = first.worktree("14")
    const link = fs.readFileSync(path.join(tree, ".git"), "utf8")
    fs.renameSync(first.clone, `${first.clone}.gone`)
    const error = yield* Effect.flip(ensure("14", "/home/user/.kugetsu/worktrees/github.com-shoko-kugetsu-14"))
    expect([error._tag, error.code]).toEqual(["WorktreeInTheWay", 73])
    expect(fs.readFileSync(path.join(tree, ".git"), "utf8")).toBe(link)
    expect(fs.existsSync(path.join(tree, "half done.txt"))).toBe(true)
  }),
)
