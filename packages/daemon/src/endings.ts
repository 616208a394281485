import { dispose } from "@kugetsu/core/domain/Disposition"
import { isQueueItemId, type QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunRequest } from "@kugetsu/core/domain/Run"
import type { News } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { DateTime, Effect, Option, Random } from "effect"
import {
  announceQueued,
  newsOfEnd,
  newsOfStart,
  newsOfTurn,
  newsOfUnreadable,
  tellAll,
  verbosityOf,
} from "./announce.ts"
import { noteEnd } from "./Ending.ts"
import { journal } from "./Journal.ts"
import type { EndedRun } from "./OpenRuns.ts"
import { Pace } from "./Pace.ts"

/**
 * Gives the queue, people and the session what a run came to, and what its supervisor and an earlier daemon died before
 * they could tell. Neither people nor the session keep it from the other. Safe to repeat, until it succeeds: each is
 * done once.
 */
export const seeToEnding = Effect.fn("endings.seeToEnding")(function* ({ again, exit, record }: EndedRun) {
  const { item } = record.request
  yield* crashPoint("daemon.ended")
  const taskAfter = yield* settleTask(record.request, exit)
  yield* crashPoint("daemon.settled")
  const { outcome, run } = exit
  const state = taskAfter === "gone" || taskAfter === "another's" ? null : taskAfter.state
  if (!again) yield* journal({ event: "settled", item, run, outcome, state })
  if (typeof taskAfter !== "string") yield* announceQueued(taskAfter)
  const told = yield* Effect.result(tellAll(newsOf(record, exit, taskAfter)))
  yield* crashPoint("daemon.told")
  yield* noteEnd(exit).pipe(
    Effect.tapError((failure) =>
      failure._tag === "RecordUnreadable" ? tellAll([newsOfUnreadable(failure, exit.issue_ref)]) : Effect.void,
    ),
  )
  yield* Effect.fromResult(told)
})

const newsOf = ({ request, started }: RunRecord, exit: RunExit, task: TaskAfter): ReadonlyArray<News> => [
  ...(request.item === null ? [] : [newsOfTurn(request)]),
  ...(started === null ? [] : [newsOfStart(request)]),
  ...(task === "another's" ? [] : newsOfEnd(exit, task === "gone" ? null : task, verbosityOf(request))),
]

/** The task after its run; `gone` when there is none (any more): then the run speaks for itself. */
type TaskAfter = QueueItem | "gone" | "another's"

const settleTask = Effect.fnUntraced(function* ({ item: id }: RunRequest, exit: RunExit) {
  if (id === null || !isQueueItemId(id)) return "gone"
  const queue = yield* Queue
  const item = Option.getOrNull(yield* queue.find(id))
  if (item === null) return "gone"
  if (item.run !== exit.run) return "another's"
  const disposition = dispose(exit, {
    attempts: item.attempts,
    launches: yield* launchesOf(item, exit),
    now: yield* DateTime.now,
    random: yield* Random.next,
    policy: (yield* Pace).retry,
  })
  const settled = yield* queue.settle({ id, run: exit.run }, disposition)
  // an earlier daemon may have settled it, and died before it told anybody
  return settled._tag === "Settled" ? settled.item : Option.getOrElse(yield* queue.find(id), (): TaskAfter => "gone")
})

/** How many of the newest runs of an item, in a row, ended before an agent was started. */
const launchesOf = Effect.fnUntraced(function* ({ id, retried_after }: QueueItem, exit: RunExit) {
  if (exit.started_at !== null || !exit.interrupted) return 0
  const { runs } = yield* (yield* Runs).survey
  const own = runs.filter(({ request }) => request.item === id)
  const other = own.findIndex(
    ({ exit, request, started }) => request.run === retried_after || started !== null || exit?.interrupted === false,
  )
  return other === -1 ? own.length : other
})
