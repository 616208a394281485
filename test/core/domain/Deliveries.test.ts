import {
  broughtUpToDate,
  type ChannelDeliveries,
  dueOf,
  newChannel,
  nextAttempt,
  withFailed,
  withSent,
} from "@kugetsu/core/domain/Deliveries"
import type { Notification } from "@kugetsu/core/domain/Notification"
import { expect, test } from "bun:test"

const now = 1_800_000_000_000
const news = (id: string, type = "task_error"): Notification => ({
  id,
  type,
  timestamp: new Date(now).toISOString(),
  message: id,
  issue_ref: null,
  url: null,
  read: false,
})
const ids = (
  channel: ChannelDeliveries,
  all: ReadonlyArray<Notification>,
  verbosity: "verbose" | "default" | "quiet",
) => dueOf(broughtUpToDate(channel, all, verbosity), all, now).map(({ id }) => id)

test("what was told before the channel was configured is not sent, and what was sent is not sent again", () => {
  const all = [news("early"), news("a"), news("b")]
  const channel = newChannel(all.slice(0, 1))
  expect(ids(channel, all, "default")).toEqual(["a", "b"])
  expect(ids(withSent(channel, "a"), all, "default")).toEqual(["b"])
})

test("quiet leaves out good ends, default the steps of a task, verbose nothing", () => {
  const all = [news("step", "task_started"), news("end", "task_completed"), news("fault")]
  const channel = newChannel([])
  expect(ids(channel, all, "quiet")).toEqual(["fault"])
  expect(ids(channel, all, "default")).toEqual(["end", "fault"])
  expect(ids(channel, all, "verbose")).toEqual(["step", "end", "fault"])
})

test("what failed is tried again later each time, others meanwhile, and given up in the end", () => {
  const all = [news("a"), news("b")]
  let channel = newChannel([])
  const pauses: Array<number> = []
  for (let time = now; ; time = nextAttempt(channel)!) {
    const failed = withFailed(channel, "a", time)
    channel = failed.channel
    if (failed.givenUp) break
    pauses.push(nextAttempt(channel)! - time)
    expect(dueOf(channel, all, time).map(({ id }) => id)).toEqual(["b"])
    expect(dueOf(channel, all, nextAttempt(channel)!).map(({ id }) => id)).toEqual(["a", "b"])
  }
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  expect(pauses.length).toBeGreaterThan(4)
  expect([nextAttempt(channel), ids(channel, all, "default")]).toEqual([null, ["b"]])
})

test("what is no longer among the notifications is forgotten", () => {
  const channel = withFailed(withSent(newChannel([]), "gone"), "failing", now).channel
  expect(broughtUpToDate(channel, [news("kept")], "default")).toEqual({ done: [], failing: {} })
  expect(broughtUpToDate(channel, [news("gone"), news("failing")], "default")).toBe(channel)
})

test("another verbosity sends nothing of what was left out before, nor goes on with what is left out now", () => {
  const all = [news("step", "task_started"), news("end", "task_completed"), news("fault")]
  const quiet = broughtUpToDate(newChannel([]), all, "quiet")
  expect(ids(quiet, [...all, news("next", "task_started")], "verbose")).toEqual(["fault", "next"])
  const failing = withFailed(newChannel([]), "step", now).channel
  expect(broughtUpToDate(failing, all, "default")).toEqual({ done: ["step"], failing: {} })
})
