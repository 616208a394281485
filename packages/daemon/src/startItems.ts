import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { decide, type Decision } from "@kugetsu/core/domain/Schedule"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Clock, Effect } from "effect"
import { observe } from "./observe.ts"
import { type Start, startItem } from "./startItem.ts"

/** What the daemon remembers of starts; nothing of it is needed after a restart. Times in Unix milliseconds. */
export interface StartMemory {
  /** When the next agent may be started. */
  nextStart: number
  /** Workers that something of their own keeps from being started, and until when they are let alone. */
  readonly aside: Map<string, number>
}

export const newStartMemory = (): StartMemory => ({ nextStart: 0, aside: new Map() })

/** What keeps one issue from being started may be there for long, and must not keep the others waiting. */
const ASIDE_MS = 30_000
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
  const passed = new Set<string>()
  const heldBack: Array<QueueItemId> = []
  for (let tries = 1; ; tries++) {
    const from = yield* Clock.currentTimeMillis
    for (const [worker, until] of memory.aside) {
      // a time further off than any that was set: the clock was set back
      if (until <= from || until > from + ASIDE_MS) memory.aside.delete(worker)
    }
    const notNow = new Set([...memory.aside.keys(), ...passed])
    const situation = yield* observe(settings, { nextStart: memory.nextStart, notNow })
    const decision = decide(situation)
    const candidate = decision.start
    const nothing: Starts = { started: null, heldBack, decision }
    if (candidate === null || tries > TRIES) return nothing
    const item = candidate.id as QueueItemId
    const start: Start = yield* startItem(item, settings)
    const now = yield* Clock.currentTimeMillis
    if (start._tag === "Started") {
      memory.nextStart = now + situation.startGapMs
      return { ...nothing, started: { item, run: start.run } } satisfies Starts
    }
    heldBack.push(item)
    if (start._tag === "HeldBack" && concernsAll.has(start.failure._tag)) return nothing
    passed.add(candidate.worker)
    if (start._tag === "HeldBack" && !concernsMoment.has(start.failure._tag)) {
      memory.aside.set(candidate.worker, now + ASIDE_MS)
    }
  }
})

const concernsAll = new Set(["LimitReached", "QueueUnavailable"])
/** Somebody else was faster. */
const concernsMoment = new Set(["IssueBusy", "ItemGone"])
