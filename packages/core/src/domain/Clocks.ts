import type { Clock } from "./Run.ts"

/** Milliseconds. */
export interface ClockLimits {
  readonly startupMs: number
  readonly idleMs: number
  readonly totalMs: number
}

/** What was seen between two looks at a run. */
export interface Observation {
  /** Monotonic time since the last look. */
  readonly elapsedMs: number
  /** The agent's event file grew. Its own log does not count: a hung provider fills that for ever. */
  readonly event: boolean
  /** CPU time used meanwhile by all processes of the run. */
  readonly cpuMs: number
}

interface Span {
  readonly ms: number
  readonly cpuMs: number
}

export interface Clocks {
  readonly ranMs: number
  readonly eventSeen: boolean
  /** The quiet time up to now, newest last, at most about one idle limit long. */
  readonly quiet: ReadonlyArray<Span>
}

export const clocksAtStart: Clocks = { ranMs: 0, eventSeen: false, quiet: [] }

/** Less than this share of one core is idle: a hung agent burns 0.8 % for ever. */
const IDLE_CPU_SHARE = 0.02

/** Whether processes that used so much CPU time, in so long a time, did nothing. */
export const isIdle = ({ cpuMs, ms }: Span): boolean => cpuMs < ms * IDLE_CPU_SHARE

const SPANS_PER_LIMIT = 60

/**
 * Adds one observation. A look that comes much later than planned (a suspended machine, a stopped process) counts as
 * two planned ones at most, so that nobody is killed for time in which nothing could run.
 */
export const advance = (clocks: Clocks, limits: ClockLimits, plannedMs: number, seen: Observation): Clocks => {
  const elapsedMs = Math.min(seen.elapsedMs, 2 * plannedMs)
  return {
    ranMs: clocks.ranMs + elapsedMs,
    eventSeen: clocks.eventSeen || seen.event,
    quiet: seen.event
      ? []
      : trim(
          append(clocks.quiet, { ms: elapsedMs, cpuMs: seen.cpuMs }, limits.idleMs / SPANS_PER_LIMIT),
          limits.idleMs,
        ),
  }
}

const append = (spans: ReadonlyArray<Span>, span: Span, spanMs: number): ReadonlyArray<Span> => {
  const last = spans.at(-1)
  return last !== undefined && last.ms < spanMs
    ? [...spans.slice(0, -1), { ms: last.ms + span.ms, cpuMs: last.cpuMs + span.cpuMs }]
    : [...spans, span]
}

/** Drops the oldest spans that the idle limit does not reach back to. */
const trim = (spans: ReadonlyArray<Span>, idleMs: number): ReadonlyArray<Span> => {
  const oldest = spans[0]
  return oldest !== undefined && total(spans).ms - oldest.ms >= idleMs ? trim(spans.slice(1), idleMs) : spans
}

const total = (spans: ReadonlyArray<Span>): Span =>
  spans.reduce((sum, span) => ({ ms: sum.ms + span.ms, cpuMs: sum.cpuMs + span.cpuMs }), { ms: 0, cpuMs: 0 })

/** The clock that ran out; null: none has. */
export const expired = (clocks: Clocks, limits: ClockLimits): Clock | null => {
  if (clocks.ranMs >= limits.totalMs) return "total"
  if (!clocks.eventSeen) return clocks.ranMs >= limits.startupMs ? "startup" : null
  const quiet = total(clocks.quiet)
  return quiet.ms >= limits.idleMs && isIdle(quiet) ? "idle" : null
}

/** How often to look: often enough for the shortest limit, at most once a second. */
export const lookEveryMs = (limits: ClockLimits): number =>
  Math.max(20, Math.min(1000, Math.min(limits.startupMs, limits.idleMs, limits.totalMs) / 20))
