import { dispose } from "@kugetsu/core/domain/Disposition"
import { isQueueItemId, type QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import type { News } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { DateTime, Effect, Option, Random } from "effect"
import { newsOfEnd, newsOfStart, newsOfTurn, newsOfUnreadable, tellAll } from "./announce.ts"
import { noteEnd } from "./Ending.ts"
import { journal } from "./Journal.ts"
import type { EndedRun } from "./OpenRuns.ts"
import { Pace } from "./Pace.ts"

/** A run's supervisor that does not come up so often in a row never will. */
const LAUNCHES = 5

/**
 * Gives the queue, people and the session what a run came to, and what its supervisor and an earlier daemon died before
 * they could tell. Neither people nor the session keep it from the other. Safe to repeat, until it succeeds: each is
 * done once.
 */
export const seeToEnding = Effect.fn("endings.seeToEnding")(function* ({ again, exit, record }: EndedRun) {
  const { item } = record.request
  yield* crashPoint("daemon.ended")
  const settled = item === null || !isQueueItemId(item) ? null : yield* settleItem(item, exit)
  yield* crashPoint("daemon.settled")
  const { outcome, run } = exit
  const concerns = settled !== null || item === null
  if (concerns && !again) yield* journal({ event: "settled", item, run, outcome, state: settled?.state ?? null })
  const told = yield* Effect.result(concerns ? tellAll(newsOf(record, exit, settled)) : Effect.void)
  yield* crashPoint("daemon.told")
  yield* noteEnd(exit).pipe(
    Effect.tapError((failure) =>
      failure._tag === "RecordUnreadable" ? tellAll([newsOfUnreadable(failure, exit.issue_ref)]) : Effect.void,
    ),
  )
  yield* Effect.fromResult(told)
})

const newsOf = ({ request, started }: RunRecord, exit: RunExit, item: QueueItem | null): ReadonlyArray<News> => [
  ...(request.item === null ? [] : [newsOfTurn(request)]),
  ...(started === null ? [] : [newsOfStart(request)]),
  ...newsOfEnd(exit, item),
]

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
