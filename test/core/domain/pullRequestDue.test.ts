import { expect, test } from "bun:test"
import { Outcome } from "@kugetsu/core/domain/Outcome"
import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import { pullRequestDue, type PullRequestFacts } from "@kugetsu/core/domain/pullRequestDue"
import { isDue, isSettled, nextTry, type RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"

const facts: PullRequestFacts = {
  outcome: "committed",
  branch: "fix/issue-1",
  base: "main",
  isPullRequest: false,
  mayOpen: true,
  commits: 2,
  ahead: true,
  pushed: true,
  found: null,
  unknown: false,
}
const found = (state: PullRequestState): PullRequest => ({ number: 7, url: "u", state, branch: "b", head: null })
const openAfter = (change: Partial<PullRequestFacts>) => pullRequestDue({ ...facts, ...change })?.open ?? null

test("what was pushed and has none gets one: ready after good work, a draft after work that did not end well", () => {
  const after = Object.fromEntries(Outcome.literals.map((outcome) => [outcome, openAfter({ outcome })]))
  expect(after).toEqual({
    pr_opened: "ready",
    pr_updated: "ready",
    committed: "ready",
    no_change: "ready",
    needs_input: "draft",
    failed: "draft",
    timed_out: "draft",
    idle_timed_out: "draft",
    // the work goes on, or a person wanted it to end
    stopped: null,
    lost: null,
    quota_wait: null,
  })
  expect(pullRequestDue(facts)).toEqual({ open: "ready", branch: "fix/issue-1", base: "main" })
})

test("nothing is done for what was not pushed, for the base branch, and where there is nothing of its own", () => {
  for (const change of [{ pushed: false }, { base: "fix/issue-1" }, { commits: 0, ahead: false }]) {
    for (const unknown of [true, false]) expect(openAfter({ ...change, unknown })).toBeNull()
  }
  // earlier commits that nobody opened one for
  expect(openAfter({ commits: 0, ahead: true, outcome: "no_change" })).toBe("ready")
  expect(openAfter({ pushed: null })).toBe("ready")
})

test("an open one is enough, after a merge only new commits get another, and one that somebody closed stays closed", () => {
  for (const [state, commits, open] of [
    ["open", 2, null],
    ["draft", 2, null],
    ["merged", 2, "ready"],
    ["merged", 0, null],
    ["closed", 2, null],
  ] as const) {
    expect([state, commits, openAfter({ found: found(state), commits })]).toEqual([state, commits, open])
  }
})

test("what may not be opened is only looked for, and only where the forge did not answer", () => {
  for (const change of [{ mayOpen: false }, { isPullRequest: true }, { outcome: "stopped" as const }]) {
    expect(openAfter(change)).toBeNull()
    expect(openAfter({ ...change, unknown: true })).toBe("never")
  }
  expect(openAfter({ unknown: true })).toBe("ready")
})

test("a forge is asked five times more, ever later, and not before its own time", () => {
  const now = 1_000_000
  const waits = [1, 2, 3, 4, 5, 6].map((attempts) => nextTry(attempts, now, null))
  expect(waits.map((at) => (at === null ? null : (at - now) / 60_000))).toEqual([1, 5, 20, 60, 240, null])
  expect(nextTry(1, now, now + 999_000)).toBe(now + 999_000)
  expect(nextTry(1, now, now - 5)).toBe(now + 60_000)
  // a forge whose clock is in another century
  expect(nextTry(1, now, 1e14)).toBe(now + 24 * 3_600_000)
})

test("a record says itself whether it is the last word, and when it is not", () => {
  const record: RunPullRequest = {
    version: 1,
    state: "unknown",
    pull_request: null,
    reason: "no answer",
    attempts: 1,
    again_at: "2026-11-20T06:31:00.000+00:00",
    at: "2026-11-20T06:30:00.000+00:00",
  }
  const time = Date.parse(record.again_at!)
  const due = pullRequestDue(facts)
  expect([isDue(null, 0), isDue(record, time - 1), isDue(record, time)]).toEqual([true, false, true])
  expect(isDue({ ...record, again_at: null }, time)).toBe(false)
  expect([isSettled(null, null), isSettled(due, null), isSettled(due, record)]).toEqual([true, false, false])
  expect(isSettled(due, { ...record, again_at: null })).toBe(true)
})
