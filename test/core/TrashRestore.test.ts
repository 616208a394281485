import { expect } from "bun:test"
import { Sessions } from "@kugetsu/core/Sessions"
import { Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { trashLayers, trashStage } from "../kit/trashStage.ts"

effectTest(
  "nothing is restored over what is there by now; what is named can be moved away, and the id still restores",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      fs.writeFileSync(path.join(place.path, "old.txt"), "old work\n")
      const before = stage.portraitOf(place)
      const { id } = yield* stage.discard(place)

      yield* stage.issue("14")
      fs.writeFileSync(path.join(place.path, "new.txt"), "new work\n")
      const now = stage.portraitOf(place)
      const refused = yield* Effect.flip(stage.restore(place.ref))
      expect([refused._tag, refused.code]).toEqual(["PlaceTaken", 73])
      for (const word of [place.path, place.admin, place.branch, "sessions/", id]) {
        expect(`${refused.message} ${refused.remedy}`).toContain(word)
      }
      expect(stage.portraitOf(place)).toEqual(now)
      expect((yield* stage.list).map(({ state }) => state)).toEqual(["done"])

      const second = yield* stage.discard(place)
      expect((yield* stage.use(Trash.use((trash) => trash.find(place.ref)))).id).toBe(second.id)
      yield* stage.restore(id)
      expect(stage.portraitOf(place)).toEqual(before)
      expect((yield* stage.list).map((receipt) => receipt.id)).toEqual([second.id])
    }),
)

effectTest("a branch of that name that was made meanwhile is refused, with the command that makes way", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    const before = stage.portraitOf(place)
    yield* stage.discard(place)
    stage.box.run(stage.clone, "branch", "--no-track", place.branch, "refs/remotes/origin/main")
    const refused = yield* Effect.flip(stage.restore(place.ref))
    expect(refused._tag).toBe("PlaceTaken")
    const [, command = ""] = /with git (.*?), then/.exec(refused.remedy) ?? []
    expect(command).toContain("branch -m")
    expect(Bun.spawnSync(["sh", "-c", `git ${command}`], { env: stage.box.env }).exitCode).toBe(0)
    yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
  }),
)

effectTest(
  "a branch that was checked out and has moved meanwhile is refused, for the tree would not be what it was",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      stage.box.run(place.path, "switch", "--quiet", "-c", "experiment")
      fs.writeFileSync(path.join(place.path, "x.txt"), "x\n")
      const head = stage.box.commitAll(place.path, "x")
      yield* stage.discard(place)
      stage.box.run(stage.clone, "branch", "--force", "experiment", "refs/remotes/origin/main")
      expect((yield* Effect.flip(stage.restore(place.ref))).message).toMatch(/experiment has moved from/)
      stage.box.run(stage.clone, "branch", "-D", "experiment")
      yield* stage.restore(place.ref)
      expect(stage.box.run(place.path, "rev-parse", "--symbolic-full-name", "HEAD")).toBe("refs/heads/experiment")
      expect(stage.box.run(place.path, "rev-parse", "HEAD")).toBe(head)
    }),
)

effectTest("what is not in the trash is told as such", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    expect((yield* Effect.flip(stage.restore(place.ref)))._tag).toBe("NotInTrash")
    const { id } = yield* stage.discard(place)
    yield* stage.restore(id)
    expect((yield* Effect.flip(stage.restore(id)))._tag).toBe("NotInTrash")
  }),
)

effectTest("after the clone was lost it is cloned again, and what was not pushed comes from the bundle", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    const write = (text: string) => fs.writeFileSync(path.join(place.path, "a.txt"), text)
    write("stashed\n")
    stage.box.run(place.path, "stash", "push", "--quiet", "-m", "idea")
    write("committed\n")
    stage.box.commitAll(place.path, "unpushed")
    write("staged\n")
    stage.box.run(place.path, "add", "a.txt")
    write("changed\n")
    const before = stage.portraitOf(place)
    yield* stage.discard(place)
    fs.rmSync(stage.clone, { recursive: true })
    const { missing } = yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
    expect(stage.box.run(place.path, "fsck", "--no-dangling", "--no-progress")).toBe("")
    expect(missing.join()).toContain("cloned again")
  }),
)

effectTest(
  "commits that the bundle takes for pushed, and that the remote has no longer, are named, and nothing is changed",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      fs.writeFileSync(path.join(place.path, "a.txt"), "pushed\n")
      const head = stage.box.commitAll(place.path, "pushed")
      stage.box.run(place.path, "push", "--quiet", "origin", place.branch)
      yield* stage.discard(place)
      fs.rmSync(stage.clone, { recursive: true })
      stage.box.run(stage.remote, "branch", "-D", place.branch)
      const refused = yield* Effect.flip(stage.restore(place.ref))
      expect([refused._tag, refused.code]).toEqual(["RescueIncomplete", 73])
      expect(refused.message).toContain(head)
      const [receipt] = yield* stage.list
      expect(receipt?.state).toBe("done")
      expect(refused.remedy).toContain(path.join(stage.root, "trash", receipt?.id ?? ""))
      expect(fs.existsSync(place.path)).toBe(false)
    }),
)

effectTest("while a lost clone's remote cannot be reached nothing is restored, and nothing is changed", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    yield* stage.discard(place)
    fs.rmSync(stage.clone, { recursive: true })
    fs.renameSync(stage.remote, `${stage.remote}.away`)
    expect((yield* Effect.flip(stage.restore(place.ref)))._tag).toBe("RemoteUnreachable")
    expect((yield* stage.list).map(({ state }) => state)).toEqual(["done"])
    fs.renameSync(`${stage.remote}.away`, stage.remote)
    yield* stage.restore(place.ref)
    expect(fs.existsSync(path.join(place.path, "a.txt"))).toBe(true)
  }),
)

effectTest("what was discarded comes back in a home that has moved", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, "new.txt"), "new\n")
    yield* stage.discard(place)
    const root = `${stage.root} moved`
    fs.renameSync(stage.root, root)
    const use = Effect.provide(trashLayers({ root, env: stage.box.env }))
    yield* use(Trash.use((trash) => trash.restore(place.ref)))
    const found = yield* use(Sessions.use((sessions) => sessions.find(place.ref)))
    const { branch_name, worktree_path } = Option.getOrThrow(found).session
    const worktree = yield* use(
      Worktrees.use((worktrees) => worktrees.ensure(place.ref, { path: worktree_path, branch: branch_name })),
    )
    expect(worktree.path).toBe(path.join(root, "worktrees", place.name))
    expect(fs.readFileSync(path.join(worktree.path, "new.txt"), "utf8")).toBe("new\n")
    expect(stage.box.run(worktree.path, "status", "--porcelain")).toBe("?? new.txt")
  }),
)

effectTest("a stash that its own issue took off the list is not brought back by another issue's restore", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const [mine, other] = [yield* stage.issue("14"), yield* stage.issue("15")]
    fs.writeFileSync(path.join(other.path, "a.txt"), "theirs\n")
    stage.box.run(other.path, "stash", "push", "--quiet")
    const { stashes } = yield* stage.discard(mine)
    expect(stashes).toEqual([])
    stage.box.run(other.path, "stash", "pop", "--quiet")
    yield* stage.restore(mine.ref)
    expect(stage.box.run(mine.path, "stash", "list")).toBe("")
  }),
)

effectTest("what is back stays back when what its rescue left cannot be removed, and that is removed later", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, "a.txt"), "unpushed\n")
    stage.box.commitAll(place.path, "unpushed")
    const before = stage.portraitOf(place)
    const { id } = yield* stage.discard(place)
    const inTheWay = path.join(stage.root, "trash", id, "rescue.bundle.new")
    fs.mkdirSync(inTheWay)
    expect((yield* stage.restore(place.ref)).state).toBe("restored")
    expect(stage.portraitOf(place)).toEqual(before)

    // neither the next command nor the daemon puts it back
    expect((yield* stage.use(Trash.use((trash) => trash.settle(place.ref)))).map((each) => each.id)).toEqual([id])
    yield* Effect.flip(stage.finish)
    expect(stage.portraitOf(place)).toEqual(before)
    fs.rmdirSync(inTheWay)
    yield* stage.finish
    expect(stage.portraitOf(place)).toEqual(before)
    expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
  }),
)

effectTest("the bundle leaves out what the remote itself says it has, whatever the refs here say of it", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const { box, clone, remote } = stage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, "a.txt"), "pushed\n")
    box.commitAll(place.path, "pushed")
    box.run(place.path, "push", "--quiet", "origin", place.branch)
    box.run(remote, "branch", "-D", place.branch)
    fs.writeFileSync(path.join(place.path, "b.txt"), "never pushed\n")
    const head = box.commitAll(place.path, "never pushed")
    for (const forged of ["refs/remotes/origin/forged", "refs/kugetsu/remote/forged"]) {
      box.run(clone, "update-ref", forged, head)
    }
    const before = stage.portraitOf(place)
    const { bundle } = yield* stage.discard(place)
    expect(box.run(clone, "bundle", "verify", bundle ?? "")).toContain(box.run(remote, "rev-parse", "main"))
    fs.rmSync(clone, { recursive: true })
    yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
  }),
)

effectTest("the bundle of what goes while the remote cannot be asked stands on nothing else", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.renameSync(stage.remote, `${stage.remote}.away`)
    const { bundle } = yield* stage.discard(place)
    const empty = path.join(stage.box.dir, "empty.git")
    stage.box.run(stage.box.dir, "init", "--quiet", "--bare", empty)
    stage.box.run(empty, "bundle", "unbundle", bundle ?? "")
  }),
)
