import { expect, test } from "bun:test"
import { completeExit } from "@kugetsu/core/domain/completeExit"
import { Outcome } from "@kugetsu/core/domain/Outcome"
import type { PullRequest, PullRequestState } from "@kugetsu/core/domain/PullRequest"
import type { WorkEvidence } from "@kugetsu/core/domain/Run"
import type { RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"
import { runExit, runId } from "../../kit/records.ts"

const work: WorkEvidence = {
  commits: [{ sha: "a".repeat(40), subject: "mend it" }],
  pushed: true,
  dirty: false,
  dirty_changed: false,
  pull_request: null,
  pull_request_unknown: null,
  pull_request_before: false,
  off_branch: null,
}
const exitOf = (outcome: Outcome, change: Partial<WorkEvidence> = {}) =>
  runExit(runId("k3f9qa"), { outcome, evidence: ["1 commit"], work: { ...work, ...change } })
const pull = (state: PullRequestState): PullRequest => ({
  number: 7,
  url: "https://f/7",
  state,
  branch: "b",
  head: null,
})
const record = (change: Partial<RunPullRequest>): RunPullRequest => ({
  version: 1,
  state: "found",
  pull_request: null,
  reason: null,
  attempts: 0,
  again_at: null,
  at: "2026-11-20T06:30:00.000+00:00",
  ...change,
})

test("only what was committed becomes a pull request that was opened; every other outcome stands", () => {
  for (const outcome of Outcome.literals) {
    const exit = completeExit(exitOf(outcome), record({ state: "opened", pull_request: pull("open") }))
    expect(exit.outcome).toBe(outcome === "committed" ? "pr_opened" : outcome)
    expect([exit.pr_url, exit.work?.pull_request?.number]).toEqual(["https://f/7", 7])
    expect(exit.evidence).toEqual(["1 commit", "the pull request https://f/7 was opened after the run"])
  }
})

test("one that was found was updated where it may have been there before the turn, and opened where it was not", () => {
  const outcomeOf = (state: PullRequestState, change: Partial<WorkEvidence>) =>
    completeExit(exitOf("committed", change), record({ pull_request: pull(state) })).outcome
  expect(outcomeOf("open", {})).toBe("pr_opened")
  expect(outcomeOf("draft", { pull_request_before: true })).toBe("pr_updated")
  expect(outcomeOf("open", { pushed: false })).toBe("committed")
  for (const state of ["merged", "closed"] as const) expect(outcomeOf(state, {})).toBe("committed")
})

test("without one the outcome is as it was, and says why there is none", () => {
  const exit = exitOf("committed")
  expect(completeExit(exit, null)).toBe(exit)
  expect(completeExit(exit, record({ state: "none" }))).toEqual(exit)
  for (const state of ["none", "refused", "unknown", "waits"] as const) {
    const { evidence, ...rest } = completeExit(exit, record({ state, reason: "the forge is down" }))
    expect({ ...rest, evidence: exit.evidence }).toEqual(exit)
    expect(evidence.at(-1)).toBe("no pull request was opened: the forge is down")
  }
})
