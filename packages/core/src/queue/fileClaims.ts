import { DateTime, Effect } from "effect"
import type { Disposition } from "../domain/Disposition.ts"
import { type AgentSeen, cancelled, claimed, settled, withAgent } from "../domain/ItemChange.ts"
import type { QueueItemId } from "../domain/QueueItem.ts"
import type { RunId } from "../domain/Run.ts"
import type { Claim, ClaimResult, Heartbeat, Settled } from "../Queue.ts"
import { nameOf, runningNameOf } from "./ItemEntry.ts"
import { spot } from "./ItemFiles.ts"
import { isCutOff, type Taken } from "./ItemMoves.ts"
import type { StoreError } from "./QueueLock.ts"
import type { QueueStore } from "./QueueStore.ts"

/** What the holder of an item does with it. */
export const fileClaims = ({ exclusively, files, moves }: QueueStore) => {
  /** Nothing is written but the name: a claim that a power cut takes back is made again. */
  const claim = Effect.fnUntraced(function* (id: QueueItemId, run: RunId): Effect.fn.Return<ClaimResult, StoreError> {
    const taken = yield* moves.takePending(id)
    if (taken === null || taken.item.run === run) return { _tag: "Gone" }
    yield* moves.move("claim", taken.at, spotOf({ id, run }))
    return { _tag: "Claimed", claim: { id, run }, item: claimed(taken.item, run) }
  })

  const heartbeat = Effect.fnUntraced(function* (
    mine: Claim,
    seen: AgentSeen,
  ): Effect.fn.Return<Heartbeat, StoreError> {
    const taken = yield* moves.take(spotOf(mine))
    if (taken === null) return { _tag: "Lost" }
    const item = withAgent(taken.item, seen)
    const isNews = item.opencode_session_id !== taken.item.opencode_session_id || item.pid !== taken.item.pid
    if (isNews && !isCutOff(taken)) yield* moves.amend("heartbeat", taken.at, withAgent(taken.written, seen))
    return { _tag: "Held", item }
  })

  /** A settling that was cut off is done as it was written then, so that no attempt counts twice. */
  const end = (mine: Claim, ending: (taken: Taken) => ReturnType<typeof moves.finish>) =>
    Effect.flatMap(moves.take(spotOf(mine)), (taken): Effect.Effect<Settled, StoreError> => {
      if (taken === null) return Effect.succeed({ _tag: "Stale" })
      const ended = isCutOff(taken) ? moves.finish("settle", taken.at, taken.written) : ending(taken)
      return Effect.map(ended, (item) => ({ _tag: "Settled", item }))
    })

  const settle = (mine: Claim, disposition: Disposition) =>
    end(mine, ({ at, item }) =>
      Effect.flatMap(DateTime.now, (now) => moves.change("settle", at, settled(item, disposition, now))),
    )

  const release = (mine: Claim) =>
    end(mine, ({ at, item, written }) =>
      item.cancel_requested
        ? Effect.flatMap(DateTime.now, (now) => moves.change("cancel", at, cancelled(item, now)))
        : Effect.as(moves.move("release", at, spot("items", nameOf(item.id))), { ...written, state: "pending" }),
    )

  return {
    /** Most who come too late need not wait for the lock to learn it. */
    claim: (id: QueueItemId, run: RunId) =>
      Effect.flatMap(files.exists(spot("items", nameOf(id))), (there): Effect.Effect<ClaimResult, StoreError> =>
        there ? exclusively(claim(id, run)) : Effect.succeed({ _tag: "Gone" }),
      ),
    heartbeat: (mine: Claim, seen: AgentSeen) => exclusively(heartbeat(mine, seen)),
    settle: (mine: Claim, disposition: Disposition) => exclusively(settle(mine, disposition)),
    release: (mine: Claim) => exclusively(release(mine)),
  }
}

const spotOf = (claim: Claim) => spot("running", runningNameOf(claim))
