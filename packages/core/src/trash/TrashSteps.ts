import { Effect, Option } from "effect"
import type { Receipt, TrashMove } from "../domain/Receipt.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { moveAway } from "../system/Files.ts"
import { inspectFile } from "../system/FileSteps.ts"
import { Git } from "../system/Git.ts"
import { branchRef } from "../system/GitRescue.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { acquire } from "../system/Lock.ts"
import { restoreBranches } from "./restoreBranches.ts"
import { restoreStashes } from "./restoreStashes.ts"

// Both ways can be gone again from any step to their end, and the other way from any step to its start. They need the
// lock of the receipt's repository.

const isThere = (file: string) => Effect.map(inspectFile(file), Option.isSome)

/** What is in the trash by now stays there, whatever took its place. */
export const intoTrash = Effect.fn("Trash.intoTrash")(function* (home: KugetsuPaths, receipt: Receipt) {
  const move = (...names: ReadonlyArray<TrashMove["what"]>) =>
    Effect.forEach(
      receipt.moves.filter(({ what }) => names.includes(what)),
      ({ from, to, what }) =>
        Effect.gen(function* () {
          if (!(yield* isThere(to))) yield* moveAway(from, to)
          yield* crashPoint(`trash.in.${what}`)
        }),
    )
  yield* move("admin", "worktree")
  const branch = yield* removeBranch(receipt)
  yield* crashPoint("trash.in.branch")
  yield* move("agent", "context", "session")
  yield* mendIndex(home, receipt)
  yield* crashPoint("trash.in.index")
  return { ...receipt, branch }
})

/** Unless it has moved on since it was rescued. */
const removeBranch = Effect.fnUntraced(function* ({ branch, clone }: Receipt) {
  if (branch === null || clone === null || !branch.removed) return branch
  const git = yield* Git
  const name = branchRef(branch.name)
  const now = (yield* git.refs(clone, [name])).get(name)
  if (now === undefined) return branch
  if (now !== branch.sha) return { ...branch, removed: false }
  yield* git.changeRefs(clone, [{ name, to: null, from: branch.sha }])
  return branch
})

/** What is back by now stays. */
export const outOfTrash = Effect.fn("Trash.outOfTrash")(function* (home: KugetsuPaths, receipt: Receipt) {
  const move = (what: TrashMove["what"]) =>
    Effect.gen(function* () {
      const planned = receipt.moves.find((each) => each.what === what)
      if (planned === undefined) return
      if (!(yield* isThere(planned.from))) yield* moveAway(planned.to, planned.from)
      yield* crashPoint(`trash.out.${what}`)
    })
  yield* restoreBranches(receipt)
  yield* move("worktree")
  yield* move("admin")
  yield* restoreStashes(receipt)
  yield* crashPoint("trash.out.stash")
  yield* move("agent")
  yield* move("context")
  yield* move("session")
  yield* mendIndex(home, receipt)
  yield* crashPoint("trash.out.index")
})

const mendIndex = Effect.fnUntraced(function* (home: KugetsuPaths, { moves }: Receipt) {
  if (!moves.some(({ what }) => what === "session")) return
  const { lock, mendIndex: mend } = sessionFiles(home)
  yield* Effect.scoped(Effect.andThen(acquire(lock, { waitMs: 10_000 }), mend))
})

/** How far it got. Every change of a branch has a move before or after it that decides. */
export const progressOf = Effect.fn("Trash.progress")(function* ({ moves }: Receipt) {
  const places = yield* Effect.forEach(moves, ({ from, to }) => Effect.all({ away: isThere(to), here: isThere(from) }))
  return {
    anyAway: places.some(({ away }) => away),
    anyHere: places.some(({ away, here }) => here && !away),
    /** Something else has taken the place of what is in the trash. */
    conflict: places.some(({ away, here }) => here && away),
  }
})
