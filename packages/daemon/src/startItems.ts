import type { Failure } from "@kugetsu/core/domain/Failure"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { decide, type Decision } from "@kugetsu/core/domain/Schedule"
import { Queue } from "@kugetsu/core/Queue"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Clock, Effect, Option } from "effect"
import { tellAll } from "./announce.ts"
import { observe } from "./observe.ts"
import { Pace } from "./Pace.ts"
import { type Start, startItem } from "./startItem.ts"
import { tellAlive } from "./systemd/notifySystemd.ts"
import { attempted } from "./trouble.ts"

/** What the daemon remembers of starts; nothing of it is needed after a restart. Times in Unix milliseconds. */
export interface StartMemory {
  /** When the next agent may be started. */
  nextStart: number
  /** Workers that something of their own keeps from being started, and until when they are let alone. */
  readonly aside: Map<string, number>
  /** How many tasks wait, as far as was seen. */
  waiting: number
}

export const newStartMemory = (): StartMemory => ({ nextStart: 0, aside: new Map(), waiting: 0 })

/** Of one tick. */
const TRIES = 10

export interface Starts {
  readonly started: { readonly item: QueueItemId; readonly run: RunId } | null
  /** Whose turn it was, and what could not be started. */
  readonly heldBack: ReadonlyArray<QueueItemId>
  /** Names the gates of all that wait. */
  readonly decision: Decision
}

/** Starts what may be started: one, for the next one follows after a gap. */
export const startItems = Effect.fn("startItems")(function* (settings: SettingsSnapshot, memory: StartMemory) {
  const { asideMs } = yield* Pace
  const passed = new Set<string>()
  const heldBack: Array<QueueItemId> = []
  for (let tries = 1; ; tries++) {
    const from = yield* Clock.currentTimeMillis
    for (const [worker, until] of memory.aside) {
      // a time further off than any that was set: the clock was set back
      if (until <= from || until > from + asideMs) memory.aside.delete(worker)
    }
    const notNow = new Set([...memory.aside.keys(), ...passed])
    const situation = yield* observe(settings, { nextStart: memory.nextStart, notNow })
    const decision = decide(situation)
    memory.waiting = decision.gates.size
    const candidate = decision.start
    const nothing: Starts = { started: null, heldBack, decision }
    if (candidate === null || tries > TRIES) return nothing
    const item = candidate.id as QueueItemId
    const start: Start = yield* startItem(item, settings)
    yield* tellAlive
    const now = yield* Clock.currentTimeMillis
    if (start._tag === "Started") {
      memory.nextStart = now + situation.startGapMs
      return { ...nothing, started: { item, run: start.run } } satisfies Starts
    }
    heldBack.push(item)
    if (start._tag === "HeldBack" && concernsAll.has(start.failure._tag)) {
      if (start.failure._tag === "OpencodeUnfit")
        yield* attempted("news of opencode", tellHeldBack(null, start.failure))
      return nothing
    }
    passed.add(candidate.worker)
    if (start._tag === "Gone" || concernsMoment.has(start.failure._tag)) continue
    memory.aside.set(candidate.worker, now + asideMs)
    if (!passesByItself.has(start.failure._tag)) {
      yield* attempted(`news of ${item}`, tellHeldBack(item, start.failure))
    }
    if (concernsRound.has(start.failure._tag)) return nothing
  }
})

const concernsAll = new Set(["LimitReached", "QueueUnavailable", "OpencodeUnfit"])
/** Each try takes its time, and what comes next would most likely fail likewise. */
const concernsRound = new Set(["ScopeRefused", "SystemdUnreachable"])
/** Somebody is at the clone, and nobody has to mend anything. */
const passesByItself = new Set(["LockBusy"])
/** Somebody else was faster. */
const concernsMoment = new Set(["IssueBusy", "ItemGone"])

/**
 * Once for each reason: it is tried again and again, and a person may have to mend something. null: nothing can be
 * started at all.
 */
const tellHeldBack = Effect.fnUntraced(function* (id: QueueItemId | null, { message, remedy }: Failure) {
  const item = id === null ? Option.none() : yield* (yield* Queue).find(id)
  yield* tellAll([
    {
      type: "held_back",
      about: `${id ?? "all"}.${Bun.hash(message).toString(36)}`,
      message: `${id ?? "No task"} ${id === null ? "is" : "cannot be"} started: ${message}. ${remedy}`,
      issueRef: Option.getOrNull(Option.map(item, ({ issue_ref }) => issue_ref)),
      url: null,
    },
  ])
})
