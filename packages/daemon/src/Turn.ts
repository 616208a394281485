import { advance, type ClockLimits, clocksAtStart, expired, lookEveryMs } from "@kugetsu/core/domain/Clocks"
import type { Clock } from "@kugetsu/core/domain/Run"
import type { QuotaRefusal } from "@kugetsu/core/domain/TurnReport"
import type { Launched } from "@kugetsu/core/system/Processes"
import { reapOrphans } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import { cpuMeter } from "./cpuMeter.ts"

/** How the watch over a turn ended. */
export type TurnEnd =
  | { readonly _tag: "Exited" }
  | { readonly _tag: "Expired"; readonly clock: Clock; readonly limitMs: number }
  | { readonly _tag: "Terminated" }
  /** The provider wants to be left alone for long. */
  | { readonly _tag: "PutOff"; readonly quota: QuotaRefusal }

const limitOf = (limits: ClockLimits, clock: Clock): number =>
  ({ startup: limits.startupMs, idle: limits.idleMs, total: limits.totalMs })[clock]

/** Bytes in a file; 0 before it is there. */
const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** What the watch has to do with the world around the turn. */
export interface Surroundings<R> {
  /** To be called at every look. */
  readonly alive: Effect.Effect<void>
  /** Done when somebody wants the end. */
  readonly terminated: Effect.Effect<void>
  /** Done when the agent only waits for its provider, and will for long. */
  readonly putOff: Effect.Effect<QuotaRefusal, never, R>
}

/** Waits for the agent's end, for a clock, `terminated` or `putOff`, whichever comes first. Ends nothing itself. */
export const watch = <R>(
  agent: Launched,
  events: string,
  limits: ClockLimits,
  { alive, putOff, terminated }: Surroundings<R>,
): Effect.Effect<TurnEnd, never, R> =>
  Effect.raceAllFirst([
    Effect.as(agent.exited, { _tag: "Exited" } as const),
    Effect.as(terminated, { _tag: "Terminated" } as const),
    Effect.map(putOff, (quota) => ({ _tag: "PutOff", quota }) as const),
    Effect.map(
      runClocks(agent, events, limits, alive),
      (clock) => ({ _tag: "Expired", clock, limitMs: limitOf(limits, clock) }) as const,
    ),
  ])

const runClocks = Effect.fn("Turn.runClocks")(function* (
  agent: Launched,
  events: string,
  limits: ClockLimits,
  alive: Effect.Effect<void>,
) {
  const plannedMs = lookEveryMs(limits)
  const cpu = cpuMeter()
  let clocks = clocksAtStart
  let [size, lookedAt] = [0, performance.now()]
  for (;;) {
    yield* alive
    yield* Effect.sleep(plannedMs)
    // an agent that waits for the end of what it orphaned must see it end
    reapOrphans(process.pid, agent.pid)
    const [sizeNow, now] = [sizeOf(events), performance.now()]
    clocks = advance(clocks, limits, plannedMs, { elapsedMs: now - lookedAt, event: sizeNow > size, cpuMs: cpu() })
    ;[size, lookedAt] = [sizeNow, now]
    const clock = expired(clocks, limits)
    if (clock !== null) return clock
  }
})
