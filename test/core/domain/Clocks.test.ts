import { expect, test } from "bun:test"
import {
  advance,
  type ClockLimits,
  type Clocks,
  clocksAtStart,
  expired,
  lookEveryMs,
  type Observation,
} from "@kugetsu/core/domain/Clocks"

const limits: ClockLimits = { startupMs: 5_000, idleMs: 10_000, totalMs: 100_000 }
const planned = 1000

const quiet: Observation = { elapsedMs: planned, event: false, cpuMs: 0 }
const event: Observation = { ...quiet, event: true }
const computing: Observation = { ...quiet, cpuMs: 900 }
const trickling: Observation = { ...quiet, cpuMs: 8 }

const after = (...seen: ReadonlyArray<Observation>): Clocks =>
  seen.reduce((clocks, one) => advance(clocks, limits, planned, one), clocksAtStart)
const times = (n: number, one: Observation) => Array.from({ length: n }, () => one)

test("the start-up clock runs out when no first event comes, however busy the agent is", () => {
  expect(expired(after(...times(4, computing)), limits)).toBeNull()
  expect(expired(after(...times(5, computing)), limits)).toBe("startup")
})

test("the idle clock runs out after an idle limit without output", () => {
  expect(expired(after(event, ...times(9, quiet)), limits)).toBeNull()
  expect(expired(after(event, ...times(10, quiet)), limits)).toBe("idle")
})

test("an event winds the idle clock up again", () => {
  expect(expired(after(event, ...times(9, quiet), event, ...times(9, quiet)), limits)).toBeNull()
})

test("a silent run that computes is not idle, for twice the idle limit and more", () => {
  expect(expired(after(event, ...times(25, computing)), limits)).toBeNull()
})

test("a hung agent that burns 0.8 % of a core is idle", () => {
  expect(expired(after(event, ...times(10, trickling)), limits)).toBe("idle")
})

test("a run that computed and then sleeps is idle one idle limit after it stopped computing", () => {
  const computed = [event, ...times(20, computing)]
  expect(expired(after(...computed, ...times(9, quiet)), limits)).toBeNull()
  expect(expired(after(...computed, ...times(11, quiet)), limits)).toBe("idle")
})

test("the total clock runs out whatever is seen", () => {
  expect(expired(after(...times(99, event)), limits)).toBeNull()
  expect(expired(after(...times(100, event)), limits)).toBe("total")
})

test("a suspended machine kills nobody: a late look counts as two planned ones", () => {
  expect(expired(after(event, { ...quiet, elapsedMs: 8 * 3_600_000 }), limits)).toBeNull()
})

test("a limit beyond 32 bits of milliseconds holds", () => {
  const long: ClockLimits = { startupMs: 5_000, idleMs: 3_600_000_000, totalMs: 3_600_000_000 }
  expect(expired(advance(advance(clocksAtStart, long, planned, event), long, planned, quiet), long)).toBeNull()
  expect(lookEveryMs(long)).toBeLessThanOrEqual(1000)
})

test("the quiet time is kept in a bounded number of spans", () => {
  const clocks = after(event, ...times(5000, computing))
  expect(clocks.quiet.length).toBeLessThan(70)
})
