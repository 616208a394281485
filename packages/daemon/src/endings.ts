import { dispose } from "@kugetsu/core/domain/Disposition"
import { isQueueItemId, type QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { DateTime, Effect, Option, Random } from "effect"
import { announce, announceStart, announceTurn, announceUnreadable } from "./announce.ts"
import { noteEnd } from "./Ending.ts"
import { journal } from "./Journal.ts"
import type { EndedRun } from "./OpenRuns.ts"
import { Pace } from "./Pace.ts"

/** A run's supervisor that does not come up so often in a row never will. */
const LAUNCHES = 5

/**
 * Gives the queue, people and the session what a run came to, and what its supervisor and an earlier daemon died before
 * they could tell. Safe to repeat: each is done once.
 */
export const seeToEnding = Effect.fn("endings.seeToEnding")(function* ({ again, exit, record }: EndedRun) {
  const { item } = record.request
  yield* crashPoint("daemon.ended")
  const settled = item === null || !isQueueItemId(item) ? null : yield* settleItem(item, exit)
  yield* crashPoint("daemon.settled")
  if (settled !== null || item === null) {
    const { outcome, run } = exit
    if (!again) yield* journal({ event: "settled", item, run, outcome, state: settled?.state ?? null })
    if (item !== null) yield* announceTurn(record.request)
    if (record.started !== null) yield* announceStart(record.request)
    yield* announce(exit, settled)
    yield* crashPoint("daemon.told")
  }
  // last, for a session's record that cannot be read may stay so for long
  yield* noteEnd(exit).pipe(
    Effect.tapError((failure) =>
      failure._tag === "RecordUnreadable" ? announceUnreadable(failure, exit.issue_ref) : Effect.void,
    ),
  )
})

const settleItem = Effect.fnUntraced(function* (id: QueueItem["id"], exit: RunExit) {
  const queue = yield* Queue
  const item = Option.getOrNull(yield* queue.find(id))
  if (item === null || item.run !== exit.run) return null
  const disposition =
    exit.started_at === null && exit.interrupted && (yield* launchesOf(id)) >= LAUNCHES
      ? ({ _tag: "Error", reason: `its supervisor did not come up ${LAUNCHES} times` } as const)
      : dispose(exit, {
          attempts: item.attempts,
          now: yield* DateTime.now,
          random: yield* Random.next,
          policy: (yield* Pace).retry,
        })
  const settled = yield* queue.settle({ id, run: exit.run as RunId }, disposition)
  // an earlier daemon may have settled it, and died before it told anybody
  return settled._tag === "Settled" ? settled.item : Option.getOrNull(yield* queue.find(id))
})

/** How often the newest runs of an item, in a row, ended before an agent was started. */
const launchesOf = Effect.fnUntraced(function* (id: string) {
  const { runs } = yield* (yield* Runs).survey
  const own = runs.filter(({ request }) => request.item === id)
  const good = own.findIndex(({ exit, started }) => started !== null || exit?.interrupted === false)
  return good === -1 ? own.length : good
})
