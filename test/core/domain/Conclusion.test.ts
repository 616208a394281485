import { expect, test } from "bun:test"
import { conclude, DETACHED, type RunFacts, sessionStateAfter } from "@kugetsu/core/domain/Conclusion"
import { exitCodeOf, Outcome } from "@kugetsu/core/domain/Outcome"
import type { PullRequest } from "@kugetsu/core/domain/PullRequest"
import type { WorkEvidence } from "@kugetsu/core/domain/Run"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"

const turn: TurnReport = {
  events: 7,
  malformed_lines: 0,
  error: null,
  last_step: "stop",
  last_text: "I looked into it; nothing needs to change.",
  last_tool: "bash: bun test",
  permission_asked: null,
  quota: null,
  tokens: { input: 1, output: 1, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
}
const work: WorkEvidence = {
  commits: [],
  pushed: true,
  dirty: false,
  dirty_changed: false,
  pull_request: null,
  pull_request_unknown: null,
  pull_request_before: false,
  off_branch: null,
}
const good: RunFacts = {
  stoppedBy: null,
  interrupted: false,
  failure: null,
  clock: null,
  exit: { code: 0, signal: null },
  turn,
  work,
  workUnknown: null,
  notes: [],
}
const commits = [{ sha: "a".repeat(40), subject: "fix it" }]
const pullRequest: PullRequest = {
  number: 7,
  url: "https://git.example/o/r/pulls/7",
  state: "open",
  branch: "fix/issue-1",
  head: null,
}
const quota = { retry_after_s: 30 }
const error = { name: "APIError", message: "too many requests", status: 429 }

const rows: ReadonlyArray<readonly [string, Partial<RunFacts>, Outcome, RegExp]> = [
  [
    "a stop wins over everything that follows from it",
    { stoppedBy: "kugetsu stop", exit: { code: null, signal: "SIGTERM" } },
    "stopped",
    /kugetsu stop/,
  ],
  [
    "a turn that had come to its end when a person stopped it is judged by what it did",
    { stoppedBy: "kugetsu stop", work: { ...work, commits, pull_request: pullRequest } },
    "pr_opened",
    /./,
  ],
  ["and so is one that was interrupted after its end", { interrupted: true }, "no_change", /./],
  [
    "one that ended with exit code 0 in the middle of its work was stopped",
    { stoppedBy: "kugetsu stop", turn: { ...turn, last_step: "tool-calls" } },
    "stopped",
    /kugetsu stop/,
  ],
  [
    "an interruption is lost, not failed",
    { interrupted: true, exit: { code: null, signal: "SIGTERM" } },
    "lost",
    /interrupted/,
  ],
  [
    "a preparation that failed says why",
    {
      failure: { error: "RemoteUnreachable", message: "cannot reach it", remedy: "r", code: 69 },
      turn: null,
      exit: null,
      work: null,
    },
    "failed",
    /nothing was started: cannot reach it/,
  ],
  ["the total limit is a time-out", { clock: { which: "total", limitMs: 3_600_000 } }, "timed_out", /1 h/],
  [
    "the idle limit says which clock and what was last seen",
    { clock: { which: "idle", limitMs: 900_000 } },
    "idle_timed_out",
    /15 min/,
  ],
  [
    "no first event is a time-out of the start-up clock",
    { clock: { which: "startup", limitMs: 300_000 } },
    "idle_timed_out",
    /no first event within 5 min/,
  ],
  [
    "a quota seen before the clock ran out is a quota wait",
    { clock: { which: "idle", limitMs: 900_000 }, turn: { ...turn, quota } },
    "quota_wait",
    /another 30 s/,
  ],
  [
    "a quota does not excuse the total limit",
    { clock: { which: "total", limitMs: 1000 }, turn: { ...turn, quota } },
    "timed_out",
    /limit/,
  ],
  [
    "a 429 that ended the turn is a quota wait",
    { exit: { code: 1, signal: null }, turn: { ...turn, error, quota } },
    "quota_wait",
    /quota/,
  ],
  [
    "a turn that was ended for a quota is a quota wait, whatever its own end looks like",
    { putOff: quota, turn: { ...turn, error: { ...error, status: null }, last_step: null } },
    "quota_wait",
    /another 30 s/,
  ],
  [
    "and so is one whose output cannot be read",
    { putOff: quota, exit: { code: null, signal: "SIGTERM" }, turn: null },
    "quota_wait",
    /another 30 s/,
  ],
  [
    "a turn that had come to its end when it was to be ended for a quota is judged by what it did",
    { putOff: quota },
    "no_change",
    /./,
  ],
  ["a 429 that was overcome is forgotten", { turn: { ...turn, quota } }, "no_change", /exit code 0/],
  [
    "a permission that was asked for needs a person",
    { turn: { ...turn, permission_asked: "bash (rm -rf /)", last_step: "tool-calls" } },
    "needs_input",
    /bash \(rm -rf \/\)/,
  ],
  [
    "an agent killed from outside has failed",
    { exit: { code: null, signal: "SIGKILL" } },
    "failed",
    /killed by SIGKILL/,
  ],
  [
    "an error event fails in spite of exit 0",
    { turn: { ...turn, error: { name: "APIError", message: "bad request", status: 400 } } },
    "failed",
    /APIError \(HTTP 400\): bad request/,
  ],
  ["a non-zero exit fails", { exit: { code: 3, signal: null } }, "failed", /exit code 3/],
  [
    "exit 0 without an event is a contradiction",
    { turn: { ...turn, events: 0, last_step: null, last_text: null } },
    "failed",
    /without a single event/,
  ],
  ["a last step that did not stop fails", { turn: { ...turn, last_step: "tool-calls" } }, "failed", /tool-calls/],
  ["output that could not be read fails", { turn: null }, "failed", /could not be read/],
  [
    "BLOCKED needs a person, even with commits",
    { turn: { ...turn, last_text: "BLOCKED: which database?" }, work: { ...work, commits } },
    "needs_input",
    /cannot go on alone/,
  ],
  ["commits without a pull request are committed", { work: { ...work, commits } }, "committed", /pushed/],
  [
    "commits that are not pushed say so",
    { work: { ...work, commits, pushed: false, pull_request: pullRequest } },
    "committed",
    /not pushed/,
  ],
  [
    "a pull request that was not there before is opened",
    { work: { ...work, commits, pull_request: pullRequest } },
    "pr_opened",
    /pulls\/7 is open/,
  ],
  [
    "one that was there is updated",
    { work: { ...work, commits, pull_request: pullRequest, pull_request_before: true } },
    "pr_updated",
    /pulls\/7/,
  ],
  [
    "commits after the merge do not count as an update",
    { work: { ...work, commits, pull_request: { ...pullRequest, state: "merged" }, pull_request_before: true } },
    "committed",
    /is merged/,
  ],
  [
    "changed files without a commit are not done",
    { work: { ...work, dirty: true, dirty_changed: true } },
    "failed",
    /nothing was committed/,
  ],
  [
    "a tree that was dirty before is no failure of this turn",
    { work: { ...work, dirty: true } },
    "no_change",
    /uncommitted/,
  ],
  ["no commit and no word is not done", { turn: { ...turn, last_text: " " } }, "failed", /without a word/],
  ["no commit, said so by the agent, is no change", {}, "no_change", /says why.*0 commits/],
  [
    "work that could not be learnt is not done",
    { work: null, workUnknown: "git did not answer in time" },
    "failed",
    /could not be learnt: git did not answer/,
  ],
  [
    "an agent that left the issue's branch has failed, whatever it committed elsewhere",
    { work: { ...work, commits, off_branch: "other" } },
    "failed",
    /left the issue's branch for other/,
  ],
  [
    "commits of a branch that is not checked out any more count, and that is told",
    { work: { ...work, commits, off_branch: DETACHED } },
    "committed",
    /no branch is checked out/,
  ],
  [
    "a forge that could not be asked is told",
    { work: { ...work, commits, pull_request_unknown: "no token for git.example" } },
    "committed",
    /whether there is a pull request is unknown: no token/,
  ],
  [
    "an agent that ran and could not be looked after is not called unstarted",
    { failure: { error: "HomeUnusable", message: "the disk is full", remedy: "r", code: 74 } },
    "failed",
    /could not be looked after to its end: the disk is full/,
  ],
  [
    "an agent whose worktree has another remote in the end has failed, whatever it committed",
    { work: { ...work, commits }, misplaced: [{ tie: "remote", expected: "/a/tool.git", found: "/a/site.git" }] },
    "failed",
    /^the agent left its place: the remote of the worktree: expected \/a\/tool.git, found \/a\/site.git; exit code 0; 7 events; 1 commit; pushed$/,
  ],
  [
    "where an agent was is told of a run that ended otherwise, too",
    { stoppedBy: "kugetsu stop", exit: null, misplaced: [{ tie: "branch", expected: "fix/issue-1", found: "other" }] },
    "stopped",
    /the branch of the worktree: expected fix\/issue-1, found other/,
  ],
  [
    "what went otherwise than wished on the way is told",
    { notes: ["submodules are not all there"] },
    "no_change",
    /submodules/,
  ],
]

for (const [name, facts, outcome, evidence] of rows) {
  test(name, () => {
    const conclusion = conclude({ ...good, ...facts })
    expect(conclusion.outcome).toBe(outcome)
    expect(conclusion.evidence.join("; ")).toMatch(evidence)
  })
}

test("a clock names what was last seen", () => {
  expect(conclude({ ...good, clock: { which: "idle", limitMs: 1000 } }).evidence).toContain("last seen: bash: bun test")
})

const table: Record<Outcome, readonly [string, number]> = {
  pr_opened: ["completed", 0],
  pr_updated: ["completed", 0],
  committed: ["completed", 0],
  no_change: ["completed", 0],
  needs_input: ["idle", 1],
  failed: ["error", 1],
  lost: ["idle", 1],
  timed_out: ["timeout", 1],
  idle_timed_out: ["timeout", 1],
  stopped: ["idle", 130],
  quota_wait: ["idle", 69],
}

for (const outcome of Outcome.literals) {
  test(`${outcome} leaves the session and the exit code of the table`, () => {
    const [state, code] = table[outcome]
    expect([sessionStateAfter(outcome), exitCodeOf(outcome)]).toEqual([state as never, code])
  })
}
