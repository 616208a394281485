import { expect, test } from "bun:test"
import { newQueueItemId, type QueueItem, QueueItemId, turnOf } from "@kugetsu/core/domain/QueueItem"
import { printItem, readStoredItem } from "@kugetsu/core/domain/StoredItem"
import { Result } from "effect"

const item = (changes: Partial<QueueItem>): QueueItem => ({
  version: 1,
  id: QueueItemId.make("q_1795156212000_abc123"),
  issue_ref: "github.com/shoko/kugetsu#14",
  message: "fix it",
  state: "pending",
  pending_since: "2026-11-20T06:30:12.000+00:00",
  notified_at: null,
  completed_at: null,
  error: null,
  attempts: 0,
  not_before: null,
  priority: 0,
  opencode_session_id: null,
  pid: null,
  run: null,
  cancel_requested: false,
  ...changes,
})

const at = (ms: number) => new Date(ms)

test("an id is its time and a random tail", () => {
  expect(String(newQueueItemId(at(1_795_156_212_345), 0.5, null))).toBe("q_1795156212345_i00000")
  expect(String(newQueueItemId(at(7), 0, null))).toBe("q_0000000000007_000000")
  expect(String(newQueueItemId(at(7), 0.999_999_999_999, null))).toBe("q_0000000000007_zzzzzz")
})

test("ids of one process sort in the order in which they were made, whatever the clock does", () => {
  const times = [100, 100, 100, 90, 101, 100]
  const ids: Array<QueueItemId> = []
  for (const [n, ms] of times.entries()) ids.push(newQueueItemId(at(ms), 0.9 - n / 10, ids.at(-1) ?? null))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(times.length)
  const last = newQueueItemId(at(100), 0.999_999_999_999, null)
  expect(newQueueItemId(at(100), 0, last) > last).toBe(true)
})

test("what may run first is decided by priority, then by age, and the first kugetsu's items have their age, too", () => {
  const id = (text: string) => QueueItemId.make(text)
  const inOrder = [
    item({ id: id("q_1795156212002_aaaaaa"), priority: 5 }),
    item({ id: id("q_old"), pending_since: "2026-04-01T10:00:00+00:00" }),
    item({ id: id("q_1795156212000_zzzzzz") }),
    item({ id: id("q_1795156212001_aaaaaa") }),
    item({ id: id("q_1795156211000_aaaaaa"), priority: -1 }),
  ]
  expect([...inOrder].reverse().sort((a, b) => (turnOf(a) < turnOf(b) ? -1 : 1))).toEqual(inOrder)
})

test("an item comes back from its record as it was", () => {
  const whole = item({ message: 'several\nlines, "quotes", \u0000 and 月', error: "why", attempts: 2, priority: -3 })
  expect(readStoredItem(printItem(whole))).toEqual(Result.succeed({ item: whole, first: false }))
})

test("an item of the first kugetsu loads, with null for what it left empty", () => {
  const old = {
    id: "q_abc-12",
    issue_ref: "",
    message: "do it",
    state: "notified",
    pending_since: "2026-04-01T10:00:00+00:00",
    notified_at: "2026-04-01T10:05:00+00:00",
    completed_at: "",
    error: "",
    pid: "4711",
    fork_pid: 4712,
  }
  expect(readStoredItem(JSON.stringify(old))).toEqual(
    Result.succeed({
      first: true,
      item: item({
        id: QueueItemId.make("q_abc-12"),
        issue_ref: null,
        message: "do it",
        state: "notified",
        pending_since: "2026-04-01T10:00:00+00:00",
        notified_at: "2026-04-01T10:05:00+00:00",
        pid: 4711,
      }),
    }),
  )
})

for (const [what, text] of [
  ["nothing", ""],
  ["half a record", printItem(item({})).slice(0, 100)],
  ["bytes", "\0\x01\xff"],
  ["a list", "[]"],
  ["a later version", printItem(item({})).replace('"version": 1', '"version": 2')],
  ["a date that is none", printItem(item({ not_before: "2026-01-01" })).replace("2026-01-01", "soon")],
  ["an id that leads elsewhere", printItem(item({})).replace("q_1795156212000_abc123", "q_/../../x")],
] as const) {
  test(`a record that holds ${what} is no item, and the reason is one line`, () => {
    const read = readStoredItem(text)
    expect(Result.isFailure(read)).toBe(true)
    if (Result.isFailure(read)) expect(read.failure).toMatch(/^[^\n]{3,500}$/)
  })
}
