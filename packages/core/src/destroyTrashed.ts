import { Effect } from "effect"
import type { Receipt, TrashId } from "./domain/Receipt.ts"
import { Trash } from "./Trash.ts"

/** Removes something from the trash for good, unsaved work or not; `confirm` says no by failing. */
export const destroyTrashed = Effect.fn("destroyTrashed")(function* <E, R>(
  id: TrashId,
  confirm: (receipt: Receipt) => Effect.Effect<void, E, R>,
) {
  const trash = yield* Trash
  const { receipts } = yield* trash.survey
  yield* confirm(receipts.find((each) => each.id === id) ?? (yield* trash.find(id)))
  return yield* trash.remove(id)
})
