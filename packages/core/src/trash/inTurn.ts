import { Effect, Option, Result } from "effect"
import type { Receipt } from "../domain/Receipt.ts"

/** What came of several receipts. */
export interface TrashRound<E> {
  readonly done: ReadonlyArray<Receipt>
  readonly failed: ReadonlyArray<{ readonly receipt: Receipt; readonly failure: E }>
}

/** One that fails does not stand in the way of the others. None: there was nothing to do. */
export const inTurn = Effect.fnUntraced(function* <E, R>(
  receipts: ReadonlyArray<Receipt>,
  end: (receipt: Receipt) => Effect.Effect<Option.Option<Receipt>, E, R>,
): Effect.fn.Return<TrashRound<E>, never, R> {
  const done: Array<Receipt> = []
  const failed: Array<TrashRound<E>["failed"][number]> = []
  for (const receipt of receipts) {
    const outcome = yield* Effect.result(end(receipt))
    if (Result.isFailure(outcome)) failed.push({ receipt, failure: outcome.failure })
    else done.push(...Option.toArray(outcome.success))
  }
  return { done, failed }
})
