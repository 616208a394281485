import { Effect } from "effect"
import { type IssueRef, parseIssueRef } from "./domain/IssueRef.ts"
import type { Receipt, TrashId } from "./domain/Receipt.ts"
import { Launcher } from "./Launcher.ts"
import { Sessions } from "./Sessions.ts"
import { Trash } from "./Trash.ts"

/** Brings back what went to the trash, of an issue the newest; the receipt says what could not be brought back. */
export const restoreIssue = Effect.fn("restoreIssue")(function* (which: IssueRef | TrashId) {
  const trash = yield* Trash
  const { id, issue_ref, name } = yield* trash.find(which)
  const settled = yield* holdOwner(issue_ref, name)
  // an earlier restore was cut off, and has come to its end now
  const back = settled.find((each) => each.id === id && each.state === "restored")
  // the one that was found: another may have come into the trash meanwhile
  const receipt = back ?? (yield* trash.restore(id))
  yield* (yield* Sessions).survey // mends the index
  return receipt
}, Effect.scoped)

const holdOwner = Effect.fnUntraced(function* (issueRef: Receipt["issue_ref"], name: string) {
  const launcher = yield* Launcher
  if (issueRef !== null) return yield* launcher.hold(yield* Effect.fromResult(parseIssueRef(issueRef)))
  return name === "base" || name === "pm-agent" ? yield* launcher.hold(null) : []
})
