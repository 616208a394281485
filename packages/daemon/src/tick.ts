import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import type { Gate } from "@kugetsu/core/domain/Schedule"
import { Notifications } from "@kugetsu/core/Notifications"
import { type Claim, Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { stopRun } from "@kugetsu/core/stopRun"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Clock, Effect, Option } from "effect"
import { seeToEnding } from "./endings.ts"
import { CANCELLER } from "./isUnwanted.ts"
import { journal } from "./Journal.ts"
import { journalTick } from "./journalTick.ts"
import { workerOf } from "./observe.ts"
import { type EndedRun, lookAtRuns, markSeen, newRunMemory, type RunMemory } from "./OpenRuns.ts"
import { newStartMemory, type StartMemory, startItems } from "./startItems.ts"
import { tellAlive } from "./systemd/notifySystemd.ts"
import { tellQueued } from "./tellQueued.ts"
import { attempted } from "./trouble.ts"

/** What the daemon carries from one tick to the next. */
export interface TickState {
  readonly runs: RunMemory
  readonly starts: StartMemory
  /** Waiting tasks that were told of. */
  readonly queued: Set<QueueItemId>
}

export const newTickState = (): TickState => ({ runs: newRunMemory(), starts: newStartMemory(), queued: new Set() })

/** The next look then finds also what no hint told of and no memory of an earlier look would show. */
export const lookAnew = Effect.fn("lookAnew")(function* ({ queued, runs }: TickState) {
  runs.seenTo.clear()
  queued.clear()
  yield* (yield* Queue).reread
})

/** One round: what ended is settled, what was claimed and never started is given back, and what may start is started. */
export const tick = Effect.fn("tick")(function* (settings: SettingsSnapshot, state: TickState, elapsedMs: number) {
  const ended = yield* lookAtRuns(state.runs, elapsedMs)
  for (const one of ended) {
    yield* attempted(one.exit.run, seeTo(one, state.runs))
    yield* tellAlive
  }
  const settled = ended.map(({ exit }) => exit.run).filter((run) => state.runs.seenTo.has(run))
  const given_back = yield* seeToClaims
  yield* attempted("alerts of the queue", tellAlerts)
  yield* attempted("news of the queue", tellQueued(state.queued))
  const { decision, heldBack, started } = yield* startItems(settings, state.starts)
  if (started !== null) state.runs.goingOn.set(started.run, null)
  const done = { settled, given_back, started: started?.item ?? null, held_back: heldBack }
  yield* attempted("journal", journalTick(done, decision.gates))
  yield* attempted("news of the disk", tellOfDisk(decision.gates))
  return decision.wakeAt
})

/** A daemon that is told to end finishes this first: who is told nothing now is told by the next one, whenever that is. */
const seeTo = Effect.fnUntraced(function* (ended: EndedRun, memory: RunMemory) {
  memory.untold.add(ended.exit.run)
  yield* seeToEnding(ended)
  memory.untold.delete(ended.exit.run)
  yield* markSeen(ended.exit.run)
  memory.seenTo.add(ended.exit.run)
  memory.signs.delete(ended.exit.run)
  memory.noted.delete(ended.exit.run)
}, Effect.uninterruptible)

/** Gives the items whose claim was given back. */
const seeToClaims = Effect.gen(function* () {
  const givenBack: Array<QueueItemId> = []
  for (const { cancel_requested, id, issue_ref, run } of yield* (yield* Queue).list(["notified"])) {
    if (run === null) continue
    const seen = yield* attempted(`claim ${run}`, seeToClaim({ id, run }, { cancel_requested, issue_ref }))
    if (seen === "GivenBack") givenBack.push(id)
  }
  return givenBack
})

/**
 * A claim without a run is the trace of a daemon, or of another program, that died right after it. The run of an item
 * that was cancelled is asked to end: who cancelled it may not have come to that.
 */
const seeToClaim = Effect.fnUntraced(function* (
  claim: Claim,
  item: { readonly cancel_requested: boolean; readonly issue_ref: string | null },
) {
  if (!(yield* isThere(claim.run))) {
    // who claims holds the issue until its run is there, and another program may be between the two
    if (yield* isHeld((yield* KugetsuHome).issueLock(workerOf(item.issue_ref)))) return
    if (!(yield* isThere(claim.run))) return yield* Effect.as(giveBack(claim), "GivenBack" as const)
  }
  if (item.cancel_requested) yield* stopRun(claim.run, CANCELLER)
})

const isThere = Effect.fnUntraced(function* (run: RunId) {
  return yield* (yield* Runs).find(run).pipe(
    Effect.map(Option.isSome),
    // told of where runs are looked at
    Effect.catchTag("RecordUnreadable", () => Effect.succeed(true)),
  )
})

const giveBack = Effect.fnUntraced(function* (claim: Claim) {
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
            // the next file of that name is other news
            about: `${alert.record.name}.${alert.record.since}`,
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
    message: `${Math.floor(gate.freeBytes / 1e6)} MB are free, and nothing is started below ${gate.neededBytes / 1e6} MB`,
    issueRef: null,
    url: null,
  })
})
