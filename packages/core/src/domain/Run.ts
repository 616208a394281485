import { Effect, Schema } from "effect"
import { FailureRecord } from "./Failure.ts"
import { Mismatch } from "./Isolation.ts"
import { Outcome } from "./Outcome.ts"
import { ProcessIdentity } from "./ProcessIdentity.ts"
import { PullRequest } from "./PullRequest.ts"
import { PullRequestDue } from "./RunPullRequest.ts"
import { RunSettings } from "./RunSettings.ts"
import { TurnReport } from "./TurnReport.ts"

/** `r_` + UTC time + random tail, so that names sort by time: `r_20261120T063012_k3f9qa`. */
export const RunId = Schema.String.check(
  Schema.isPattern(/^r_\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])[0-5]\d[0-5]\d_[0-9a-z]{6}$/),
).pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

export const isRunId = Schema.is(RunId)

const tailLength = 6

/** `random` is a number from 0 to below 1. */
export const newRunId = (at: Date, random: number): RunId => {
  const time = at.toISOString().slice(0, 19).replace(/[-:]/g, "")
  const tail = Math.floor(random * 36 ** tailLength).toString(36)
  return RunId.make(`r_${time}_${tail.padStart(tailLength, "0")}`)
}

export const AgentName = Schema.Literals(["dev", "pm-agent"])
export type AgentName = typeof AgentName.Type

const version = Schema.Literal(1)

/** `request.json`: what was asked. Written before the supervisor starts; the clocks and settings are those of the
 * request. */
export const RunRequest = Schema.Struct({
  version,
  run: RunId,
  agent: AgentName,
  /** null for the PM. */
  issue_ref: Schema.NullOr(Schema.String),
  /** The person's words, byte for byte; null: continue from where you stopped. */
  message: Schema.NullOr(Schema.String),
  requested_at: Schema.String,
  clocks: Schema.Struct({ startup_ms: Schema.Finite, idle_ms: Schema.Finite, total_ms: Schema.Finite }),
  /** The queue's item it is for; null: a person started it. */
  item: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  /** What of the configuration was in force; null in older requests. */
  settings: Schema.NullOr(RunSettings).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  /** The issue begins anew, on a branch that nobody has. */
  fresh: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false))),
  /** opencode's own log goes to the run's stderr log in full. */
  debug: Schema.Boolean,
})
export type RunRequest = typeof RunRequest.Type

/** `supervisor.json`: who looks after the run, from its first moment. */
export const RunSupervisor = Schema.Struct({
  version,
  supervisor: ProcessIdentity,
  since: Schema.String,
  /** The run's private temporary directory, to be removed after it. */
  tmp: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
})
export type RunSupervisor = typeof RunSupervisor.Type

/** `started.json`: written, durably, right before the agent is spawned. A run that has one is never started again. */
export const RunStarted = Schema.Struct({
  version,
  supervisor: ProcessIdentity,
  started_at: Schema.String,
  session_id: Schema.String,
  worktree_path: Schema.String,
  branch_name: Schema.NullOr(Schema.String),
  /** The commit the branch stood on before the turn. */
  head: Schema.NullOr(Schema.String),
  /** The run's private temporary directory, to be removed after it. */
  tmp: Schema.String,
})
export type RunStarted = typeof RunStarted.Type

/** `agent.json`: the agent's own process, leader of its session and process group. */
export const RunAgent = Schema.Struct({ version, agent: ProcessIdentity })
export type RunAgent = typeof RunAgent.Type

/** `stop.json`: somebody asked for the end of the run. It exists before any signal is sent. */
export const RunStop = Schema.Struct({ version, requested_at: Schema.String, by: Schema.String })
export type RunStop = typeof RunStop.Type

/** What git and the forge say after the turn. null: could not be learnt. */
export const WorkEvidence = Schema.Struct({
  /** Commits made during the run, oldest first. */
  commits: Schema.Array(Schema.Struct({ sha: Schema.String, subject: Schema.String })),
  /** The branch's head is on the remote. */
  pushed: Schema.NullOr(Schema.Boolean),
  /** The tree has changes that are in no commit. */
  dirty: Schema.NullOr(Schema.Boolean),
  /** The tree's uncommitted state differs from what it was before the turn. */
  dirty_changed: Schema.NullOr(Schema.Boolean),
  pull_request: Schema.NullOr(PullRequest),
  /** Why the forge could not be asked; null: it was, or there is none to ask. */
  pull_request_unknown: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  /** The pull request was there before the turn, or may have been. */
  pull_request_before: Schema.Boolean,
  /** What is checked out, where it is not the issue's branch: another branch's name, or `HEAD` for none. */
  off_branch: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
})
export type WorkEvidence = typeof WorkEvidence.Type

export const Clock = Schema.Literals(["startup", "idle", "total"])
export type Clock = typeof Clock.Type

/** `exit.json`: the one outcome of a run; the first to be linked into place wins. */
export const RunExit = Schema.Struct({
  version,
  run: RunId,
  issue_ref: Schema.NullOr(Schema.String),
  outcome: Outcome,
  /** Sentences for people, each a fact that led to the outcome. */
  evidence: Schema.Array(Schema.String),
  /** Why nothing was started, or why the run could not be looked after. */
  failure: Schema.NullOr(FailureRecord),
  exit_code: Schema.NullOr(Schema.Int),
  signal: Schema.NullOr(Schema.String),
  clock: Schema.NullOr(Clock),
  /** The run was ended from outside by no wish of a person: it may be tried again at no cost. */
  interrupted: Schema.Boolean,
  session_id: Schema.NullOr(Schema.String),
  worktree_path: Schema.NullOr(Schema.String),
  branch_name: Schema.NullOr(Schema.String),
  pr_url: Schema.NullOr(Schema.String),
  turn: Schema.NullOr(TurnReport),
  work: Schema.NullOr(WorkEvidence),
  /** What was not in its place any more after the turn; not there where all was. */
  misplaced: Schema.optionalKey(Schema.Array(Mismatch)),
  /** Not before this time (ISO 8601), for `quota_wait`. */
  not_before: Schema.NullOr(Schema.String),
  /** What is to be seen to about its pull request; what came of it is in `pull-request.json`. */
  pull_request_due: Schema.NullOr(PullRequestDue).pipe(Schema.withDecodingDefaultKey(Effect.succeed(null))),
  started_at: Schema.NullOr(Schema.String),
  finished_at: Schema.String,
})
export type RunExit = typeof RunExit.Type
