import { expect, test } from "bun:test"
import type { Notification } from "@kugetsu/core/domain/Notification"
import { withinLimit } from "@kugetsu/core/domain/withinLimit"

const now = "2026-11-20T07:00:00.000+00:00"

const note = (id: string, type: string, read = false): Notification => ({
  id,
  timestamp: "2026-11-20T06:30:12.000+00:00",
  type,
  message: id,
  issue_ref: null,
  url: null,
  read,
})

const ids = (all: ReadonlyArray<Notification>) => all.map(({ id }) => id)

test("what fits stays as it is", () => {
  const all = [note("a", "task_error"), note("b", "task_queued", true)]
  expect(withinLimit(all, 2, now)).toBe(all)
})

test("what was read goes first, then the steps of tasks, and each time the oldest", () => {
  const all = [
    note("error", "task_error"),
    note("queued", "task_queued"),
    note("read error", "task_error", true),
    note("completed", "task_completed"),
    note("started", "task_started"),
    note("read", "task_completed", true),
  ]
  const left = (limit: number) => ids(withinLimit(all, limit, now))
  expect(left(5)).toEqual(["error", "queued", "completed", "started", "read"])
  expect(left(4)).toEqual(["error", "queued", "completed", "started"])
  expect(left(3)).toEqual(["error", "completed", "started"])
  expect(left(2)).toEqual(["error", "completed"])
})

test("unread news that has to go at last is told as a count, which is kept and added to", () => {
  const all = [
    note("a", "task_error"),
    note("b", "task_completed"),
    note("c", "task_completed"),
    note("d", "needs_input"),
  ]
  const first = withinLimit(all, 3, now)
  expect(ids(first.slice(1))).toEqual(["a", "d"])
  expect(first[0]).toMatchObject({ type: "notifications_dropped", read: false, dropped: { task_completed: 2 } })
  expect(first[0]?.message).toContain("2 task_completed")
  const second = withinLimit([...first, note("e", "queue_lost")], 3, now)
  expect(ids(second.slice(1))).toEqual(["d", "e"])
  expect(second[0]).toMatchObject({ id: first[0]?.id, dropped: { task_completed: 2, task_error: 1 } })
  expect(ids(withinLimit([...second, note("f", "task_queued")], 3, now))).toEqual(ids(second))
})

test("a count that was read goes like other read news, and the next one begins anew", () => {
  const count: Notification = { ...note("count", "notifications_dropped", true), dropped: { task_error: 5 } }
  const all = [count, note("a", "task_error"), note("b", "task_error"), note("c", "task_error")]
  expect(ids(withinLimit(all, 3, now))).toEqual(["a", "b", "c"])
  expect(withinLimit(all, 2, now)[0]).toMatchObject({ dropped: { task_error: 2 } })
})

test("whatever is told, no unread error goes without being counted, and the limit holds", () => {
  const types = ["task_queued", "task_started", "task_completed", "task_error", "needs_input", "queue_lost"]
  let all: ReadonlyArray<Notification> = []
  const told: Record<string, number> = {}
  for (let n = 0; n < 300; n++) {
    const type = types[(n * 7 + (n >> 3)) % types.length]!
    told[type] = (told[type] ?? 0) + 1
    all = withinLimit([...all, note(String(n), type)], 20, now)
    expect(all.length).toBeLessThanOrEqual(20)
  }
  for (const type of types.slice(2)) {
    const kept = all.filter((one) => one.type === type).length
    expect([type, kept + (all[0]?.dropped?.[type] ?? 0)]).toEqual([type, told[type] ?? 0])
  }
})
