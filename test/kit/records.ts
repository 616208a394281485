import {
  newRunId,
  RunId,
  type RunExit,
  type RunRequest,
  type RunStarted,
  type RunSupervisor,
} from "@kugetsu/core/domain/Run"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { identityOf } from "@kugetsu/core/system/ProcessTable"

/** One that no other test has: processes are ended by it, wherever they are. */
export const aRunId = (): RunId => newRunId(new Date(), Math.random())

export const runId = (tail: string): RunId => RunId.make(`r_20261120T063012_${tail}`)

export const runRequest = (run: RunId, change: Partial<RunRequest> = {}): RunRequest => ({
  version: 1,
  run,
  agent: "dev",
  issue_ref: "github.com/shoko/kugetsu#14",
  message: "go",
  requested_at: new Date().toISOString(),
  clocks: { startup_ms: 1000, idle_ms: 1000, total_ms: 1000 },
  debug: false,
  fresh: false,
  item: null,
  settings: null,
  ...change,
})

export const runExit = (run: RunId, change: Partial<RunExit> = {}): RunExit => ({
  version: 1,
  run,
  issue_ref: "github.com/shoko/kugetsu#14",
  outcome: "no_change",
  evidence: [],
  failure: null,
  exit_code: 0,
  signal: null,
  clock: null,
  interrupted: false,
  session_id: null,
  worktree_path: null,
  branch_name: null,
  pr_url: null,
  turn: null,
  work: null,
  not_before: null,
  pull_request_due: null,
  started_at: null,
  finished_at: "2026-11-20T06:31:00.000+00:00",
  ...change,
})

/** The record of a supervisor that is this living process. */
export const livingSupervisor = (pid = process.pid): RunSupervisor => {
  const supervisor = identityOf(pid)
  if (supervisor === null) throw new Error(`no process ${pid}`)
  return { version: 1, supervisor, since: "2026-11-20T06:30:12.000+00:00", tmp: null }
}

/** The record of one that has gone: the pid is reused by this process. */
export const deadSupervisor = (): RunSupervisor => {
  const { supervisor, ...rest } = livingSupervisor()
  return { ...rest, supervisor: { ...supervisor, start: "1" } }
}

/** What the files of a turn say that never said anything. */
export const emptyTurn: TurnReport = {
  events: 0,
  malformed_lines: 0,
  error: null,
  last_step: null,
  last_text: null,
  last_tool: null,
  permission_asked: null,
  quota: null,
  tokens: { input: 0, output: 0, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
}

export const runStarted = (change: Partial<RunStarted> = {}): RunStarted => ({
  version: 1,
  supervisor: livingSupervisor().supervisor,
  started_at: "2026-11-20T06:30:13.000+00:00",
  session_id: "ses_1",
  worktree_path: "/home/ann/worktree",
  branch_name: "fix/issue-14",
  head: null,
  tmp: "/nowhere/kugetsu-tmp",
  ...change,
})
