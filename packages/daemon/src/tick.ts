import type { Gate } from "@kugetsu/core/domain/Schedule"
import { Notifications } from "@kugetsu/core/Notifications"
import { type Claim, Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Clock, Effect, Option } from "effect"
import { seeToEnding } from "./endings.ts"
import { journal } from "./Journal.ts"
import { type EndedRun, lookAtRuns, markSeen, type RunMemory } from "./OpenRuns.ts"
import { type StartMemory, startItems } from "./startItems.ts"
import { attempted, type Troubles } from "./Troubles.ts"

/** What the daemon carries from one tick to the next. */
export interface TickState {
  readonly runs: RunMemory
  readonly starts: StartMemory
}

/** One round: what ended is settled, what was claimed and never started is given back, and what may start is started. */
export const tick = Effect.fn("tick")(function* (settings: SettingsSnapshot, state: TickState, elapsedMs: number) {
  const { troubles } = state.runs
  for (const ended of yield* lookAtRuns(state.runs, elapsedMs)) {
    yield* attempted(troubles, ended.exit.run, seeTo(ended, state.runs))
  }
  yield* giveBackUnstarted(troubles)
  yield* attempted(troubles, "alerts of the queue", tellAlerts)
  const decision = yield* startItems(settings, state.starts)
  yield* attempted(troubles, "news of the disk", tellOfDisk(decision.gates))
  return decision.wakeAt
})

/** A daemon that is told to end finishes this first: who is told nothing now is told by the next one, whenever that is. */
const seeTo = Effect.fnUntraced(function* (ended: EndedRun, memory: RunMemory) {
  yield* seeToEnding(ended)
  yield* markSeen(ended.exit.run)
  memory.seenTo.add(ended.exit.run)
  memory.signs.delete(ended.exit.run)
}, Effect.uninterruptible)

/** A claim without a run is the trace of a daemon that died right after it; only the one daemon claims. */
const giveBackUnstarted = Effect.fnUntraced(function* (troubles: Troubles) {
  for (const { id, run } of yield* (yield* Queue).list(["notified"])) {
    if (run !== null) yield* attempted(troubles, id, giveBack({ id, run }))
  }
})

const giveBack = Effect.fnUntraced(function* (claim: Claim) {
  const isThere = yield* (yield* Runs).find(claim.run).pipe(
    Effect.map(Option.isSome),
    // told of where runs are looked at
    Effect.catchTag("RecordUnreadable", () => Effect.succeed(true)),
  )
  if (isThere) return
  yield* (yield* Queue).release(claim)
  yield* crashPoint("daemon.given_back")
  const reason = "the daemon ended between claim and start"
  yield* journal({ event: "given_back", item: claim.id, run: claim.run, reason })
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
