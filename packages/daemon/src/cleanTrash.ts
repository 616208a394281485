import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Trash } from "@kugetsu/core/Trash"
import { DateTime, Effect } from "effect"

/** Ends moves that were cut off, and removes what is old and saved. What fails is told, and tried again the next time. */
export const cleanTrash = Effect.fn("cleanTrash")(function* ({ trashAgeMs }: SettingsSnapshot) {
  const trash = yield* Trash
  const before = DateTime.subtract(yield* DateTime.now, { milliseconds: trashAgeMs })
  for (const [did, receipts] of [
    ["finished", trash.finish],
    ["removed for good", trash.empty(before)],
  ] as const) {
    yield* receipts.pipe(
      Effect.flatMap(Effect.forEach(({ id, name }) => Effect.logInfo(`trash: ${did} ${id} of ${name}`))),
      Effect.catch((failure) => Effect.logError(failure.message)),
    )
  }
})
