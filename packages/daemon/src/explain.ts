import { endedAt } from "@kugetsu/core/domain/ItemChange"
import { type IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { exitCodeOf } from "@kugetsu/core/domain/Outcome"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { decide, type Gate } from "@kugetsu/core/domain/Schedule"
import { listedRun, type RunPhase } from "@kugetsu/core/listRuns"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import type { RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Effect, Option, Result } from "effect"
import { type Explanation, explained, explainGate, explainScreen } from "./explainGate.ts"
import { findDaemon } from "./findDaemon.ts"
import { lastHeldBack } from "./Journal.ts"
import { observe, workerOf } from "./observe.ts"
import { isOnScreen } from "./ScreenMark.ts"

/** By the very decision the daemon makes. */
export const explainItem = Effect.fn("explain.explainItem")(function* (id: QueueItemId) {
  const queue = yield* Queue
  const found = yield* queue.find(id)
  if (Option.isSome(found)) return yield* explain(found.value)
  const aside = (yield* queue.quarantined).find(({ name }) => name.startsWith(`${id}.`))
  if (aside === undefined) return explained("unknown", `there is no item ${id} in the queue`)
  return explained("error", `its record cannot be understood and was put aside as ${aside.place}: ${aside.reason}`)
})

/** What runs on the issue, else what waits for it first, else what came last. */
export const explainIssue = Effect.fn("explain.explainIssue")(function* (ref: IssueRef) {
  const worker = lockNameOf(ref)
  const items = (yield* (yield* Queue).list()).filter((item) => workerOf(item.issue_ref) === worker)
  const { runs, unreadable } = yield* (yield* Runs).survey
  const newest = runs.find(({ request }) => workerOf(request.issue_ref) === worker)
  const active = items.find(({ state }) => state === "notified")
  if (active !== undefined) return yield* explain(active)
  if (newest?.exit === null) return explainRun(newest)
  const waiting = items.find(({ state }) => state === "pending")
  if (waiting !== undefined) return yield* explain(waiting)
  const ended = items.toSorted((a, b) => endedAt(b) - endedAt(a))[0]
  if (newest?.exit != null && (ended === undefined || Date.parse(newest.exit.finished_at) > endedAt(ended))) {
    return explainExit(newest.exit)
  }
  if (ended !== undefined) return yield* explain(ended)
  // it may be one of these
  if (unreadable[0] !== undefined) return yield* unreadable[0]
  return explained("unknown", `nothing is queued for ${ref.toString()}, and no run of it is kept`)
})

const explain = Effect.fnUntraced(function* (item: QueueItem) {
  switch (item.state) {
    case "pending":
      return yield* explainPending(item)
    case "notified":
      return yield* explainClaimed(item)
    case "completed":
    case "error":
      return yield* explainEnded(item)
  }
})

const explainPending = Effect.fnUntraced(function* (item: QueueItem) {
  const situation = yield* observe(yield* (yield* Settings).load, { nextStart: 0, notNow: new Set() })
  const worker = workerOf(item.issue_ref)
  // the scheduler does not look at the locks of those whose turn is far off
  const busy = (yield* isHeld((yield* KugetsuHome).issueLock(worker))) ? [...situation.busy, worker] : situation.busy
  const gate = decide({ ...situation, busy: new Set(busy) }).gates.get(item.id)
  const standing = yield* gate === undefined || gate._tag === "Staggered" ? whyNotYet(item, gate) : atGate(item, gate)
  if (Option.isSome(yield* findDaemon)) return standing
  const besides = standing.gate === "starting" || standing.gate === "staggered" ? "" : `; besides, ${standing.detail}`
  return explained("no_daemon", `no daemon is running: kugetsu queue-daemon start${besides}`, standing.until)
})

/** Nothing that can be seen from here stands in the way. */
const whyNotYet = Effect.fnUntraced(function* (item: QueueItem, gate: Gate | undefined) {
  const heldBack = yield* lastHeldBack(item.id)
  if (heldBack !== null) return explained("held_back", `it could not be started at ${heldBack.at}: ${heldBack.reason}`)
  return gate === undefined ? explained("starting", "it is about to be started") : yield* atGate(item, gate)
})

/** The run that keeps an issue busy is named. */
const atGate = Effect.fnUntraced(function* (item: QueueItem, gate: Gate) {
  if (gate._tag !== "IssueBusy") return explainGate(gate, item, null)
  if (yield* isOnScreen((yield* KugetsuHome).issueLock(gate.worker))) return explainScreen(item)
  const { runs, unreadable } = yield* (yield* Runs).survey
  const claimed = (yield* (yield* Queue).list(["notified"])).find((one) => workerOf(one.issue_ref) === gate.worker)
  const dir = (yield* KugetsuHome).run(claimed?.run ?? "none").dir
  const broken = unreadable.find(({ path }) => path.startsWith(`${dir}/`))
  if (broken !== undefined) return explainUnreadable(broken)
  const newest = runs.find(({ request }) => workerOf(request.issue_ref) === gate.worker)
  return explainGate(gate, item, newest?.request.run ?? null)
})

/** Nobody knows what became of a run, and neither its task nor a later one of its issue can go on. */
const explainUnreadable = ({ message, remedy }: RecordUnreadable): Explanation =>
  explained("unreadable", `${message}. ${remedy}`)

const explainClaimed = Effect.fnUntraced(function* (item: QueueItem) {
  const found = yield* Effect.result(item.run === null ? Effect.succeedNone : (yield* Runs).find(item.run))
  if (Result.isFailure(found)) {
    return found.failure._tag === "RecordUnreadable" ? explainUnreadable(found.failure) : yield* found.failure
  }
  const run = found.success
  if (Option.isNone(run)) {
    const starting = `it is about to be started as run ${item.run}`
    const cancelled = `it is being cancelled: run ${item.run} has not begun, and is ended before its agent starts`
    return explained("starting", item.cancel_requested ? cancelled : starting)
  }
  const { exit } = run.value
  if (exit === null) return explainRun(run.value)
  const waits = Option.isSome(yield* findDaemon) ? "which is about to be settled" : "which the next daemon settles"
  return explained("unsettled", `run ${exit.run} ended with ${exit.outcome}, ${waits}`)
})

const doing: Readonly<Record<RunPhase, string>> = {
  requested: "is being started",
  preparing: "prepares clone, worktree and session",
  running: "is at work",
  ended: "has ended",
  abandoned: "has lost its supervisor",
}

const explainRun = (run: RunRecord): Explanation => {
  const { phase, started_at } = listedRun(run)
  const since = started_at === null ? "" : ` since ${started_at}`
  const asked = run.stop === null ? "" : `; ${run.stop.by} asked for its end`
  const detail = `run ${run.request.run} ${doing[phase]}${since}${asked}`
  return explained(phase === "abandoned" ? "unsettled" : null, detail)
}

const explainEnded = Effect.fnUntraced(function* (item: QueueItem) {
  const run = item.run === null ? Option.none() : yield* (yield* Runs).find(item.run)
  const gate = item.state === "completed" ? "completed" : "error"
  const exit = Option.isSome(run) ? run.value.exit : null
  if (exit === null) return explained(gate, item.error ?? "it is done; its run is not kept any more")
  const { detail } = explainExit(exit)
  return explained(gate, item.error === null || detail.includes(item.error) ? detail : `${item.error}; ${detail}`)
})

const explainExit = (exit: RunExit): Explanation =>
  explained(
    exitCodeOf(exit.outcome) === 0 ? "completed" : "error",
    `run ${exit.run} came to ${exit.outcome}: ${exit.evidence.join("; ")}`,
  )
