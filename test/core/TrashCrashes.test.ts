import { expect } from "bun:test"
import { discardCrashPoints, removeCrashPoints, restoreCrashPoints } from "@kugetsu/core/trash/crashPoints"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type IssuePlace, type TrashStage, trashStage } from "../kit/trashStage.ts"

const program = path.join(import.meta.dirname, "trash.program.ts")

/** Runs the program in a process of its own, which dies at that point; gives how it ended. */
const runTo = (stage: TrashStage, point: string, verb: string, place: IssuePlace, identifier = "14") =>
  Effect.promise(async () => {
    const { branch, name, path: worktree } = place
    const child = Bun.spawn(
      [process.execPath, program, verb, JSON.stringify({ identifier, branch, name, path: worktree })],
      {
        env: { ...stage.box.env, KUGETSU_DIR: stage.root, KUGETSU_CRASH_AT: point },
        stdio: ["ignore", "inherit", "inherit"],
      },
    )
    await child.exited
    return child.signalCode ?? child.exitCode
  })

/** An issue with something of everything that can be lost. */
const richIssue = Effect.fnUntraced(function* (stage: TrashStage) {
  const place = yield* stage.issue("14")
  const write = (file: string, text: string) => fs.writeFileSync(path.join(place.path, file), text)
  write("a.txt", "stashed\n")
  stage.box.run(place.path, "stash", "push", "--quiet", "-m", "idea")
  write("a.txt", "committed\n")
  stage.box.commitAll(place.path, "unpushed")
  write("a.txt", "staged\n")
  stage.box.run(place.path, "add", "a.txt")
  write("a.txt", "changed\n")
  write("new.txt", "untracked\n")
  return place
})

const settle = Effect.fnUntraced(function* (stage: TrashStage, point: string, place: IssuePlace) {
  const tidy = () => {
    stage.box.run(stage.clone, "worktree", "prune", "--expire=now")
    stage.box.run(stage.clone, "prune", "--expire=now")
  }
  tidy()
  // whoever finishes it may be killed at the same step
  yield* runTo(stage, point, "finish", place)
  tidy()
  yield* stage.finish
})

effectTest(
  "a process killed at any step of discarding leaves all in its place or all in the trash, and loses nothing",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* richIssue(stage)
      const before = stage.portraitOf(place)
      const ends: Array<string> = []
      for (const point of discardCrashPoints) {
        expect([point, yield* runTo(stage, point, "discard", place)]).toEqual([point, "SIGKILL"])
        yield* settle(stage, point, place)
        const receipts = yield* stage.list
        ends.push(receipts.map(({ state }) => state).join())
        if (receipts.length === 1) {
          expect(
            Object.values(stage.portraitOf(place))
              .flat()
              .filter((file) => String(file).startsWith(stage.root)),
          ).toEqual([])
          yield* stage.restore(place.ref)
        }
        expect([point, stage.portraitOf(place)]).toEqual([point, before])
        expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
      }
      expect(ends.filter((end) => end === "done").length).toBe(7)
    }),
)

effectTest(
  "a process killed at any step of restoring leaves all in its place or all in the trash, and loses nothing",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* richIssue(stage)
      const before = stage.portraitOf(place)
      for (const point of restoreCrashPoints) {
        yield* stage.discard(place)
        expect([point, yield* runTo(stage, point, "restore", place)]).toEqual([point, "SIGKILL"])
        yield* settle(stage, point, place)
        const receipts = yield* stage.list
        if (receipts.length === 1) {
          expect(receipts[0]?.state).toBe("done")
          expect(fs.existsSync(place.path)).toBe(false)
          yield* stage.restore(place.ref)
        }
        expect([point, stage.portraitOf(place)]).toEqual([point, before])
        expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
        expect(stage.box.run(stage.clone, "for-each-ref", "refs/kugetsu/trash")).toBe("")
      }
    }),
)

effectTest("a process killed while it removes something for good is finished, refs included", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    for (const point of removeCrashPoints) {
      const place = yield* stage.issue("15")
      const { id } = yield* stage.discard(place)
      expect([point, yield* runTo(stage, point, "remove", place, id)]).toEqual([point, "SIGKILL"])
      yield* stage.finish
      expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
      expect(stage.box.run(stage.clone, "for-each-ref", "refs/kugetsu/trash")).toBe("")
    }
  }),
)

effectTest("restore itself finishes a move that was cut off", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* richIssue(stage)
    const before = stage.portraitOf(place)
    yield* runTo(stage, "trash.in.admin", "discard", place)
    yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
    yield* stage.discard(place)
    yield* runTo(stage, "trash.out.worktree", "restore", place)
    expect((yield* stage.restore(place.ref)).state).toBe("restored")
    expect(stage.portraitOf(place)).toEqual(before)
  }),
)
