import { expect, test } from "bun:test"
import { type Disposition, dispose, quotaOver, retryPolicy } from "@kugetsu/core/domain/Disposition"
import { Outcome } from "@kugetsu/core/domain/Outcome"
import { DateTime } from "effect"

const now = DateTime.makeUnsafe("2026-11-20T06:30:00Z")
const inOneHour = "2026-11-20T07:30:00Z"

/** In words: what becomes of the item, at what cost, and in how many seconds. */
const told = (disposition: Disposition): string => {
  switch (disposition._tag) {
    case "Completed":
      return "completed"
    case "Error":
      return `error: ${disposition.reason}`
    case "Again": {
      const ms = DateTime.toEpochMillis(disposition.notBefore ?? now) - DateTime.toEpochMillis(now)
      return `again ${disposition.costsAttempt ? "for an attempt" : "free"} in ${ms / 1000} s: ${disposition.reason}`
    }
  }
}

interface Case {
  readonly outcome: Outcome
  readonly attempts?: number
  readonly launches?: number
  readonly interrupted?: boolean
  readonly notBefore?: string
  readonly becomes: string
}

const table: ReadonlyArray<Case> = [
  { outcome: "pr_opened", becomes: "completed" },
  { outcome: "pr_updated", becomes: "completed" },
  { outcome: "committed", becomes: "completed" },
  { outcome: "no_change", becomes: "completed" },
  { outcome: "needs_input", becomes: "completed" },
  { outcome: "failed", attempts: 0, becomes: "again for an attempt in 15 s: why" },
  { outcome: "failed", attempts: 1, becomes: "again for an attempt in 30 s: why" },
  { outcome: "failed", attempts: 2, becomes: "error: why" },
  { outcome: "failed", attempts: 7, becomes: "error: why" },
  { outcome: "lost", attempts: 0, becomes: "again for an attempt in 15 s: why" },
  { outcome: "lost", attempts: 1, becomes: "again for an attempt in 30 s: why" },
  { outcome: "lost", attempts: 2, becomes: "error: why" },
  { outcome: "lost", attempts: 2, interrupted: true, becomes: "again free in 1 s: why" },
  { outcome: "lost", launches: 1, interrupted: true, becomes: "again free in 1 s: why" },
  { outcome: "lost", launches: 2, interrupted: true, becomes: "again free in 2 s: why" },
  { outcome: "lost", launches: 4, interrupted: true, becomes: "again free in 8 s: why" },
  { outcome: "lost", launches: 5, interrupted: true, becomes: "error: its supervisor did not come up 5 times; why" },
  { outcome: "timed_out", becomes: "error: why" },
  { outcome: "idle_timed_out", becomes: "error: why" },
  { outcome: "stopped", becomes: "error: stopped" },
  { outcome: "quota_wait", attempts: 2, notBefore: inOneHour, becomes: "again free in 3600 s: why" },
  { outcome: "quota_wait", becomes: "again free in 600 s: why" },
  { outcome: "quota_wait", notBefore: "2027-11-20T06:30:00Z", becomes: "again free in 86400 s: why" },
  { outcome: "quota_wait", notBefore: "2026-11-20T06:00:00Z", becomes: "again free in 1 s: why" },
]

for (const { attempts = 0, becomes, interrupted = false, launches = 0, notBefore = null, outcome } of table) {
  const circumstances = [
    `after ${attempts} attempts`,
    ...(launches === 0 ? [] : [`${launches} without a supervisor`]),
    ...(interrupted ? ["interrupted"] : []),
    ...(notBefore === null ? [] : [`not before ${notBefore}`]),
  ]
  test(`${outcome} (${circumstances.join(", ")}) is: ${becomes}`, () => {
    const exit = { outcome, evidence: ["why", "and more"], interrupted, not_before: notBefore }
    expect(told(dispose(exit, { attempts, launches, now, random: 0.5 }))).toBe(becomes)
  })
}

test("the table has every outcome", () => {
  expect([...new Set(table.map(({ outcome }) => outcome))].sort()).toEqual([...Outcome.literals].sort())
})

test("two items that failed together do not come back together, and none before half of the pause", () => {
  const after = (random: number, attempts: number) =>
    told(
      dispose(
        { outcome: "failed", evidence: ["why"], interrupted: false, not_before: null },
        { attempts, now, random, policy: { ...retryPolicy, attempts: 100 } },
      ),
    )
  expect([after(0, 0), after(0.999, 0)]).toEqual([
    "again for an attempt in 7.5 s: why",
    "again for an attempt in 22.485 s: why",
  ])
  expect(after(0.5, 50)).toBe("again for an attempt in 600 s: why")
})

test("an outcome without evidence is its own reason", () => {
  const exit = { outcome: "timed_out" as const, evidence: [], interrupted: false, not_before: null }
  expect(told(dispose(exit, { attempts: 0, now, random: 0 }))).toBe("error: timed_out")
})

test("a provider is asked again when it says so, after ten minutes when it does not, and within a day in any case", () => {
  const seconds = [null, 0, 30, 1.5, -1e20, 86_400, 1e14, Number.MAX_VALUE, Number.POSITIVE_INFINITY]
  const waits = seconds.map((s) => DateTime.toEpochMillis(quotaOver(now, s)) - DateTime.toEpochMillis(now))
  expect(waits).toEqual([600_000, 0, 30_000, 1500, 0, 86_400_000, 86_400_000, 86_400_000, 86_400_000])
})
