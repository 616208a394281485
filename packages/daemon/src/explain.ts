import { endedAt } from "@kugetsu/core/domain/ItemChange"
import { type IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { exitCodeOf } from "@kugetsu/core/domain/Outcome"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { decide, type Gate, type GateName } from "@kugetsu/core/domain/Schedule"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { listedRun, type RunPhase } from "@kugetsu/core/listRuns"
import { Queue } from "@kugetsu/core/Queue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { DateTime, Effect, Option } from "effect"
import { findDaemon } from "./findDaemon.ts"
import { lastHeldBack } from "./Journal.ts"
import { observe, workerOf } from "./observe.ts"

/** Why something runs or does not. */
export interface Explanation {
  readonly running: boolean
  /** What it stands at: one of the scheduler's gates, or how far it has come. null while it runs. */
  readonly gate:
    | GateName
    | "no_daemon"
    | "held_back"
    | "starting"
    | "unsettled"
    | "completed"
    | "error"
    | "unknown"
    | null
  readonly detail: string
  /** When time alone opens the gate (ISO 8601). */
  readonly until: string | null
}

const explained = (gate: Explanation["gate"], detail: string, until: string | null = null): Explanation => ({
  running: gate === null,
  gate,
  detail,
  until,
})

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
  const { runs } = yield* (yield* Runs).survey
  const newest = runs.find(({ request }) => workerOf(request.issue_ref) === gate.worker)
  return explainGate(gate, item, newest?.request.run ?? null)
})

/** A gate in words; `run` is the newest one of the item's issue. */
export const explainGate = (
  gate: Gate,
  item: Pick<QueueItem, "issue_ref" | "error">,
  run: string | null,
): Explanation => {
  switch (gate._tag) {
    case "Paused":
      return explained("paused", "the queue is paused; kugetsu queue resume ends it")
    case "DiskFull": {
      const [free, needed] = [gate.freeBytes, gate.neededBytes].map((bytes) => Math.floor(bytes / 1e6))
      return explained("disk_full", `${free} MB of disk are free, and nothing is started below ${needed} MB`)
    }
    case "NotBefore": {
      const until = timestamp(DateTime.makeUnsafe(gate.until))
      const tried = item.error === null ? "it was put off" : `it is tried again after: ${item.error};`
      return explained("not_before", `${tried} until ${until}`, until)
    }
    case "IssueBusy": {
      const which = run === null ? "" : `, in run ${run}`
      return explained("issue_busy", `an agent is at work on ${item.issue_ref ?? "a task of the PM"}${which}`)
    }
    case "BehindSameIssue":
      return explained("behind_same_issue", `${gate.id} is for the same issue, and its turn comes first`)
    case "LimitReached": {
      const ahead = gate.ahead === 0 ? "it is the next" : `${gate.ahead} wait before it`
      return explained("limit_reached", `${gate.held} of ${gate.limit} slots are taken, and ${ahead}`)
    }
    case "Staggered": {
      const until = timestamp(DateTime.makeUnsafe(gate.until))
      return explained("staggered", "agents are started one after the other, with a gap", until)
    }
  }
}

const explainClaimed = Effect.fnUntraced(function* (item: QueueItem) {
  const run = item.run === null ? Option.none() : yield* (yield* Runs).find(item.run)
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
