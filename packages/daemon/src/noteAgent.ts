import { isQueueItemId } from "@kugetsu/core/domain/QueueItem"
import { Queue } from "@kugetsu/core/Queue"
import type { RunRecord } from "@kugetsu/core/Runs"
import { Effect } from "effect"

/**
 * The item of a run says which process is its agent, and in which session it works. An item that is no longer the run's
 * (cancelled, settled, tried again) stays as it is.
 */
export const noteAgent = Effect.fn("noteAgent")(function* ({ agent, request, started }: RunRecord) {
  const { item, run } = request
  if (item === null || !isQueueItemId(item) || agent === null || started === null) return
  yield* (yield* Queue).heartbeat({ id: item, run }, { pid: agent.agent.pid, sessionId: started.session_id })
})
