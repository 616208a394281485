import { isQueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId, RunRequest } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Effect, Option } from "effect"

/** Who ends the run of an item that was cancelled. */
export const CANCELLER = "kugetsu queue cancel"

/** Whether somebody asked for the end of a run. Of one whose item was cancelled that is noted as a wish for its end. */
export const isUnwanted = Effect.fn("isUnwanted")(function* (id: RunId) {
  const runs = yield* Runs
  const { request, stop } = yield* runs.require(id)
  if (stop !== null) return true
  if (!(yield* isItemCancelled(request))) return false
  yield* runs.requestStop(id, CANCELLER)
  return true
})

/** A queue out of reach keeps no run from its work: the daemon's next look ends it. */
const isItemCancelled = Effect.fnUntraced(
  function* ({ item, run }: RunRequest) {
    if (item === null || !isQueueItemId(item)) return false
    const found = yield* (yield* Queue).find(item)
    return Option.isSome(found) && found.value.run === run && found.value.cancel_requested
  },
  Effect.catch(({ message }) => Effect.as(Effect.logWarning(message), false)),
)
