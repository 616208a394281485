import { type Receipt, subjectOf } from "@kugetsu/core/domain/Receipt"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Trash, type TrashError } from "@kugetsu/core/Trash"
import { DateTime, Effect } from "effect"
import { tell } from "./announce.ts"
import { tellTrouble } from "./trouble.ts"

/** Ends moves that were cut off, and removes what is old and saved. What fails is told, and tried again the next time. */
export const cleanTrash = Effect.fn("cleanTrash")(function* ({ trashAgeMs }: SettingsSnapshot) {
  const trash = yield* Trash
  const before = DateTime.subtract(yield* DateTime.now, { milliseconds: trashAgeMs })
  for (const [did, round] of [
    ["finished", trash.finish],
    ["removed for good", trash.empty(before)],
  ] as const) {
    yield* round.pipe(
      Effect.tap(({ done }) => Effect.forEach(done, (receipt) => logDone(did, receipt))),
      Effect.flatMap(({ failed }) => Effect.forEach(failed, tellFailed)),
      Effect.catch((failure) => tellTrouble("trash", failure.message)),
    )
  }
})

const logDone = (did: string, { id, name }: Receipt) => Effect.logInfo(`trash: ${did} ${id} of ${name}`)

/** What is to be removed for good, and stays, needs a person's hand: that is told once. */
const tellFailed = Effect.fnUntraced(function* ({
  failure: { message },
  receipt,
}: {
  readonly receipt: Receipt
  readonly failure: TrashError
}) {
  yield* tellTrouble(receipt.id, `trash: ${receipt.id} of ${receipt.name}: ${message}`)
  if (receipt.state !== "removing" && receipt.state !== "done") return
  yield* tell({
    type: "not_removed",
    about: receipt.id,
    message: `${receipt.id} of ${subjectOf(receipt)} cannot be removed from the trash, and is tried again: ${message}`,
    issueRef: receipt.issue_ref,
    url: null,
  })
})
