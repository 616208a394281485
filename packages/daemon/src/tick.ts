import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { decide, type Gate } from "@kugetsu/core/domain/Schedule"
import { Launcher } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Clock, Effect, Option } from "effect"
import { announceTurn } from "./announce.ts"
import { seeToEnding } from "./endings.ts"
import { journal } from "./Journal.ts"
import { observe } from "./observe.ts"
import { lookAtRuns, markSeen, type RunMemory } from "./OpenRuns.ts"
import { Pace } from "./Pace.ts"

/** What the daemon carries from one tick to the next. */
export interface TickState {
  readonly runs: RunMemory
  /** Unix milliseconds. */
  nextStart: number
}

/** One round: what ended is settled, what was claimed and never started is given back, and what may start is started. */
export const tick = Effect.fn("tick")(function* (settings: SettingsSnapshot, state: TickState, elapsedMs: number) {
  for (const ended of yield* lookAtRuns(state.runs, elapsedMs)) {
    yield* seeToEnding(ended)
    yield* markSeen(ended.exit.run)
    state.runs.seenTo.add(ended.exit.run)
    state.runs.signs.delete(ended.exit.run)
  }
  yield* giveBackUnstarted
  yield* tellAlerts
  const { startGapMs } = yield* Pace
  const decision = decide(yield* observe(settings, state.nextStart))
  for (const { id } of decision.start) {
    if (yield* start(id as QueueItemId)) state.nextStart = (yield* Clock.currentTimeMillis) + startGapMs
  }
  yield* tellOfDisk(decision.gates)
  return decision.wakeAt
})

/** A claim without a run is the trace of a daemon that died right after it; only the one daemon claims. */
const giveBackUnstarted = Effect.gen(function* () {
  const queue = yield* Queue
  const runs = yield* Runs
  for (const { id, run } of yield* queue.list(["notified"])) {
    if (run === null || Option.isSome(yield* runs.find(run))) continue
    yield* queue.release({ id, run })
    yield* crashPoint("daemon.given_back")
    yield* journal({ event: "given_back", item: id, run, reason: "the daemon ended between claim and start" })
  }
})

/** false: something stood in the way that the observation could not see; nothing was lost, and it is tried again. */
const start = Effect.fnUntraced(function* (id: QueueItemId) {
  const item = Option.getOrNull(yield* (yield* Queue).find(id))
  if (item === null) return false
  const launched = yield* Effect.result(launch(item))
  if (launched._tag === "Failure") {
    yield* journal({ event: "held_back", item: id, reason: launched.failure.message })
    yield* Effect.logWarning(`${id} was not started: ${launched.failure.message}`)
    return false
  }
  const run = launched.success
  yield* journal({ event: "started", item: id, run, issue_ref: item.issue_ref })
  yield* crashPoint("daemon.started")
  yield* announceTurn({ run, issue_ref: item.issue_ref, message: item.message })
  yield* crashPoint("daemon.dequeued")
  return true
})

const launch = Effect.fnUntraced(function* (item: QueueItem) {
  const issue = item.issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(item.issue_ref))
  return yield* (yield* Launcher).launch({
    agent: issue === null ? "pm-agent" : "dev",
    issue,
    message: item.message,
    debug: false,
    item: item.id,
  })
})

/** What the queue found broken is told once, and then acknowledged. */
const tellAlerts = Effect.gen(function* () {
  const queue = yield* Queue
  const notifications = yield* Notifications
  for (const alert of yield* queue.alerts) {
    yield* notifications.tell(
      alert._tag === "Quarantined"
        ? {
            type: "queue_quarantined",
            about: alert.record.name,
            message: `a record of the queue cannot be understood and was put aside as ${alert.record.place}: ${alert.record.reason}`,
            issueRef: null,
            url: null,
          }
        : {
            type: "queue_lost",
            about: `queue.${yield* Clock.currentTimeMillis}`,
            message: `the queue's directory was gone and was made anew: ${alert.detail}`,
            issueRef: null,
            url: null,
          },
    )
    yield* queue.acknowledge(alert)
  }
})

const DAY_MS = 86_400_000

/** At most once a day: it is the same news until somebody makes room. */
const tellOfDisk = Effect.fnUntraced(function* (gates: ReadonlyMap<string, Gate>) {
  const gate = [...gates.values()].find(({ _tag }) => _tag === "DiskFull")
  if (gate?._tag !== "DiskFull") return
  yield* (yield* Notifications).tell({
    type: "disk_full",
    about: `disk.${Math.floor((yield* Clock.currentTimeMillis) / DAY_MS)}`,
    message: `${Math.round(gate.freeBytes / 1e6)} MB are free, and nothing is started below ${gate.neededBytes / 1e6} MB`,
    issueRef: null,
    url: null,
  })
})
