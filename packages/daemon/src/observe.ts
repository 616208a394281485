import { lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { type Candidate, inTurn, NEEDED_BYTES, type Situation } from "@kugetsu/core/domain/Schedule"
import { Queue } from "@kugetsu/core/Queue"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { usedSlots } from "@kugetsu/core/Slots"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Clock, Effect, Option, Result } from "effect"
import { FreeSpace } from "./FreeSpace.ts"
import { Pace } from "./Pace.ts"

const PM = "pm-agent"

/** Text that names no issue stands for itself, under a name that is safe in a path; the item ends when its turn comes. */
export const workerOf = (issueRef: string | null): string =>
  issueRef === null
    ? PM
    : Result.match(parseIssueRef(issueRef), {
        onSuccess: lockNameOf,
        onFailure: () => `?${Bun.hash(issueRef).toString(36)}`,
      })

export const candidateOf = (item: QueueItem): Candidate => ({
  id: item.id,
  worker: workerOf(item.issue_ref),
  takesSlot: item.issue_ref !== null,
  priority: item.priority,
  notBefore: item.not_before === null ? null : Date.parse(item.not_before),
  begun: item.run !== null,
})

/** What only the daemon knows: when the next agent may be started, and workers that are not to be tried now. */
export interface Standing {
  readonly nextStart: number
  readonly notNow: ReadonlySet<string>
}

/** What the scheduler decides on. */
export const observe = Effect.fn("observe")(function* (settings: SettingsSnapshot, { nextStart, notNow }: Standing) {
  const queue = yield* Queue
  const home = yield* KugetsuHome
  const pending = (yield* queue.list(["pending"])).map(candidateOf)
  const claimed = (yield* queue.list(["notified"])).map(({ issue_ref }) => workerOf(issue_ref))
  const limit = settings.maxConcurrentAgents
  return {
    now: yield* Clock.currentTimeMillis,
    pending,
    busy: yield* busyAmong(pending, new Set([...claimed, ...notNow]), limit, (worker) =>
      isHeld(home.issueLock(worker)),
    ),
    slots: { limit, held: yield* usedSlots },
    paused: Option.isSome(yield* queue.paused),
    disk: { freeBytes: yield* (yield* FreeSpace)(home.root), neededBytes: NEEDED_BYTES },
    nextStart,
    startGapMs: (yield* Pace).startGapMs,
  } satisfies Situation
})

/** Looks at the locks in turn, and no further than to as many free workers as could be started. */
const busyAmong = Effect.fnUntraced(function* <E, R>(
  pending: ReadonlyArray<Candidate>,
  known: ReadonlySet<string>,
  limit: number,
  isRunning: (worker: string) => Effect.Effect<boolean, E, R>,
) {
  const busy = new Set(known)
  const free = new Set<string>()
  for (const { worker } of inTurn(pending)) {
    if (busy.has(worker) || free.has(worker)) continue
    if (yield* isRunning(worker)) busy.add(worker)
    else free.add(worker)
    if (free.size > limit + 1) break
  }
  return busy
})
