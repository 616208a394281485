import { DateTime, Effect, Option, Random } from "effect"
import { newTrashId, type Receipt, restoreCommand } from "../domain/Receipt.ts"
import { timestamp } from "../domain/Timestamp.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { moveAway } from "../system/Files.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { planMoves } from "./planMoves.ts"
import { receiptFiles } from "./ReceiptFiles.ts"

const nowhere = { clone: null, ours: true, admin: null }

/** A private database that another one takes the place of, and nothing else of its session. */
export const discardDatabase = Effect.fn("Trash.discardDatabase")(function* (home: KugetsuPaths, name: string) {
  const now = yield* DateTime.now
  const id = newTrashId(DateTime.toDate(now), yield* Random.next)
  const moves = (yield* planMoves(home, id, { name, worktree: null }, nowhere)).filter(({ what }) => what === "agent")
  if (moves.length === 0) return
  const tracked = yield* sessionFiles(home).read(name)
  const { write } = receiptFiles(home)
  const announced: Receipt = {
    version: 1,
    id,
    state: "moving",
    home: home.root,
    issue_ref: Option.match(tracked, { onNone: () => null, onSome: ({ session }) => session.issue_ref }),
    name,
    because: "replaced",
    forced: false,
    evidence: ["another database takes its place"],
    saved: true,
    discarded_at: timestamp(now),
    moves,
    clone: null,
    branch: null,
    head: null,
    refs: [],
    stashes: [],
    bundle: null,
    reflog: null,
    restore: restoreCommand(id),
    missing: [],
  }
  yield* write(announced)
  for (const { from, to } of moves) yield* moveAway(from, to)
  yield* write({ ...announced, state: "done" })
})
