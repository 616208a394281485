import type { Failure } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { isQueueItemId, type QueueItem, type QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { decide } from "@kugetsu/core/domain/Schedule"
import { Launcher } from "@kugetsu/core/Launcher"
import { Queue } from "@kugetsu/core/Queue"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Clock, Effect, Option } from "effect"
import { announceTurn, tellAll } from "./announce.ts"
import { journal } from "./Journal.ts"
import { observe } from "./observe.ts"
import { Pace } from "./Pace.ts"
import { attempted, logTrouble, type Troubles } from "./Troubles.ts"

/** What the daemon remembers of starts; nothing of it is needed after a restart. Times in Unix milliseconds. */
export interface StartMemory {
  /** When the next agent may be started. */
  nextStart: number
  /** Workers that something of their own keeps from being started, and until when they are let alone. */
  readonly aside: Map<string, number>
  readonly troubles: Troubles
}

export const newStartMemory = (): StartMemory => ({ nextStart: 0, aside: new Map(), troubles: new Map() })

/** Of one tick. */
const TRIES = 10

/** Starts what may be started; the decision it ends with names the gates of all that wait. */
export const startItems = Effect.fn("startItems")(function* (settings: SettingsSnapshot, memory: StartMemory) {
  const passed = new Set<string>()
  for (let tries = 1; ; tries++) {
    const situation = yield* observe(settings, memory.nextStart)
    for (const [worker, until] of memory.aside) if (until <= situation.now) memory.aside.delete(worker)
    const waiting = new Set(situation.pending.map(({ id }) => id))
    for (const id of memory.troubles.keys()) if (isQueueItemId(id) && !waiting.has(id)) memory.troubles.delete(id)
    const decision = decide({ ...situation, busy: new Set([...situation.busy, ...memory.aside.keys(), ...passed]) })
    const [candidate] = decision.start
    if (candidate === undefined || tries > TRIES) return decision
    const failure = yield* start(candidate.id as QueueItemId, memory.troubles)
    const now = yield* Clock.currentTimeMillis
    if (failure === null) {
      memory.nextStart = now + situation.startGapMs
      return decision
    }
    if (concernsAll.has(failure._tag)) return decision
    passed.add(candidate.worker)
    if (concernsMoment.has(failure._tag)) continue
    memory.aside.set(candidate.worker, now + (yield* Pace).asideMs)
    yield* attempted(memory.troubles, `news of ${candidate.id}`, tellHeldBack(candidate.id as QueueItemId, failure))
  }
})

const concernsAll = new Set(["LimitReached", "ConfigInvalid", "QueueUnavailable"])
/** Somebody else was faster. */
const concernsMoment = new Set(["IssueBusy", "ItemGone"])

/** What stood in the way that the observation could not see: nothing was lost, and it is tried again. */
const start = Effect.fnUntraced(function* (id: QueueItemId, troubles: Troubles) {
  const item = Option.getOrNull(yield* (yield* Queue).find(id))
  if (item === null) return null
  const launched = yield* Effect.result(launch(item))
  if (launched._tag === "Failure") {
    yield* journal({ event: "held_back", item: id, reason: launched.failure.message })
    yield* logTrouble(troubles, id, `${id} was not started: ${launched.failure.message}`)
    return launched.failure as Failure
  }
  troubles.delete(id)
  const run = launched.success
  yield* journal({ event: "started", item: id, run, issue_ref: item.issue_ref })
  yield* crashPoint("daemon.started")
  yield* announceTurn({ run, issue_ref: item.issue_ref, message: item.message })
  yield* crashPoint("daemon.dequeued")
  return null
})

/** Once for each reason: it is tried again and again, and a person may have to mend something. */
const tellHeldBack = Effect.fnUntraced(function* (id: QueueItemId, { message, remedy }: Failure) {
  const item = yield* (yield* Queue).find(id)
  yield* tellAll([
    {
      type: "held_back",
      about: `${id}.${Bun.hash(message).toString(36)}`,
      message: `${id} cannot be started: ${message}. ${remedy}`,
      issueRef: Option.getOrNull(Option.map(item, ({ issue_ref }) => issue_ref)),
      url: null,
    },
  ])
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
