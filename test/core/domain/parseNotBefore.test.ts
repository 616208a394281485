import { expect, test } from "bun:test"
import { parseNotBefore } from "@kugetsu/core/domain/parseNotBefore"
import { DateTime, Option } from "effect"

const now = DateTime.makeUnsafe("2026-11-20T06:30:00Z")
const parsed = (text: string): number | null =>
  Option.match(parseNotBefore(text, now), { onNone: () => null, onSome: DateTime.toEpochMillis })

test("a wait counts from now, in days, hours, minutes and seconds", () => {
  const waits = { "90s": 90, "30m": 1800, "2h": 7200, "1d": 86_400, "1d12h": 129_600, "1h30m15s": 5415, "0m": 0 }
  for (const [text, seconds] of Object.entries(waits)) {
    expect([text, parsed(text)]).toEqual([text, DateTime.toEpochMillis(now) + seconds * 1000])
  }
})

test("a time has an offset or is local, and a day alone is its beginning", () => {
  expect(parsed("2026-11-21T09:00Z")).toBe(Date.UTC(2026, 10, 21, 9))
  expect(parsed("2026-11-21t09:00:30.5+02:00")).toBe(Date.UTC(2026, 10, 21, 7, 0, 30, 500))
  expect(parsed("2026-11-21 09:00-0130")).toBe(Date.UTC(2026, 10, 21, 10, 30))
  expect(parsed("2026-11-21T09:00")).toBe(new Date(2026, 10, 21, 9).getTime())
  expect(parsed("2026-11-21")).toBe(new Date(2026, 10, 21).getTime())
})

test("what is neither is none, days that no calendar has among them", () => {
  for (const text of [
    "",
    "tomorrow",
    "30",
    "-5m",
    "1.5h",
    "30m2h",
    "2026-02-30",
    "2026-13-01",
    "2026-11-21T25:00",
    "2026-11-21T09",
    "21.11.2026",
    "9:00",
    "99999999999d",
  ]) {
    expect([text, parsed(text)]).toEqual([text, null])
  }
})
