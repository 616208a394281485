import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { conclude, type RunFacts, sessionStateAfter } from "@kugetsu/core/domain/Conclusion"
import type { FailureRecord } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { Clock, RunExit, RunId, RunRequest, WorkEvidence } from "@kugetsu/core/domain/Run"
import type { Session } from "@kugetsu/core/domain/Session"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { Agent } from "@kugetsu/core/Agent"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { DateTime, Effect, Option } from "effect"
import { type IssueWorkplace, pullRequestOf, type Workplace } from "./Workplace.ts"

/** How a run ended, as its supervisor saw it. */
export interface Ending {
  readonly request: RunRequest
  /** null: preparation did not get that far. */
  readonly workplace: Workplace | null
  readonly failure: FailureRecord | null
  /** The supervisor was asked to end. */
  readonly terminated: boolean
  readonly clock: { readonly which: Clock; readonly limitMs: number } | null
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null
  /** null: no agent was started. */
  readonly startedAt: string | null
}

/** For git and the forge to answer, together, after the turn. */
const EVIDENCE_LIMIT_MS = 60_000

/** Gathers the evidence, concludes, and writes the one outcome of the run into its exit file and the session. */
export const recordEnding = Effect.fn("Ending.recordEnding")(function* (id: RunId, ending: Ending) {
  const runs = yield* Runs
  const { stop } = yield* runs.require(id)
  const turn = ending.startedAt === null ? null : yield* reportOf(id)
  const work = ending.startedAt === null || ending.workplace === null ? null : yield* workOf(ending.workplace)
  return yield* recordFacts(ending, {
    stoppedBy: stop?.by ?? null,
    interrupted: ending.terminated && stop === null,
    failure: ending.failure,
    clock: ending.clock,
    exit: ending.exit,
    turn,
    work,
  })
})

const recordFacts = Effect.fn("Ending.recordFacts")(function* (ending: Ending, facts: RunFacts) {
  const finishedAt = yield* DateTime.now
  const { outcome, evidence } = conclude(facts)
  const { workplace, request } = ending
  const exit: RunExit = {
    version: 1,
    run: request.run,
    issue_ref: request.issue_ref,
    outcome,
    evidence,
    failure: facts.failure,
    exit_code: facts.exit?.code ?? null,
    signal: facts.exit?.signal ?? null,
    clock: facts.clock?.which ?? null,
    interrupted: facts.interrupted,
    session_id: workplace?.session ?? null,
    worktree_path: workplace?.place.directory ?? null,
    branch_name: workplace?.issue?.worktree.branch ?? null,
    pr_url: facts.work?.pull_request?.url ?? workplace?.issue?.before.pullRequest?.url ?? null,
    turn: facts.turn,
    work: facts.work,
    not_before: outcome === "quota_wait" ? notBefore(finishedAt, facts.turn) : null,
    started_at: ending.startedAt,
    finished_at: timestamp(finishedAt),
  }
  yield* writeExit(exit)
  return exit
})

/** The exit file, and what the session's record says after it. An outcome that is there already stands. */
export const writeExit = Effect.fn("Ending.writeExit")(function* (exit: RunExit) {
  if (!(yield* (yield* Runs).recordExit(exit))) return
  yield* crashPoint("run.exit")
  yield* noteEnd(exit)
  yield* crashPoint("run.session")
})

/** What the session says after its newest run. Safe to repeat: whoever wrote the outcome may have died right after it. */
export const noteEnd = Effect.fn("Ending.noteEnd")(function* (exit: RunExit) {
  const sessions = yield* Sessions
  const ref = exit.issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(exit.issue_ref))
  const found = ref === null ? yield* sessions.pm : Option.map(yield* sessions.find(ref), ({ session }) => session)
  const before = Option.getOrNull(found)
  if (before === null || before.run !== exit.run || before.state !== "active") return
  const ended = (session: Session): Session => ({
    ...session,
    state: sessionStateAfter(exit.outcome),
    pr_url: exit.pr_url ?? session.pr_url,
  })
  if (ref === null) yield* sessions.put("pm-agent", ended(before))
  else yield* sessions.update(ref, ended)
})

/** null when the run's files cannot be read: the conclusion then says so. */
const reportOf = Effect.fn("Ending.reportOf")(function* (id: RunId) {
  const { events, stderr } = (yield* KugetsuHome).run(id)
  return yield* (yield* Agent)
    .report({ events, stderr })
    .pipe(Effect.catch((failure) => Effect.as(Effect.logError(failure.message), null)))
})

const workOf = Effect.fn("Ending.workOf")(function* ({ issue }: Workplace) {
  if (issue === null) return null
  return yield* workEvidence(issue).pipe(
    Effect.timeoutOption(EVIDENCE_LIMIT_MS),
    Effect.map(Option.getOrNull),
    Effect.catch((failure) => Effect.as(Effect.logError(failure.message), null)),
  )
})

const workEvidence = Effect.fn("Ending.workEvidence")(function* ({ before, ref, worktree }: IssueWorkplace) {
  const worktrees = yield* Worktrees
  const after = yield* worktrees.inspect(worktree.path)
  const commits = yield* worktrees.commitsSince(worktree.path, before.head, after.head)
  const pullRequest = yield* pullRequestOf(ref, worktree.branch)
  return {
    commits,
    pushed: yield* worktrees
      .isPushed(worktree, after.head)
      .pipe(Effect.catch((failure) => Effect.as(Effect.logWarning(failure.message), null))),
    dirty: after.dirty,
    dirty_changed: after.status !== before.status,
    pull_request: pullRequest,
    pull_request_before: pullRequest !== null && before.pullRequest?.url === pullRequest.url,
  } satisfies WorkEvidence
})

/** When a provider that says nothing may be asked again. */
const DEFAULT_QUOTA_WAIT_S = 600

const notBefore = (finishedAt: DateTime.DateTime, turn: TurnReport | null): string =>
  timestamp(DateTime.add(finishedAt, { seconds: turn?.quota?.retry_after_s ?? DEFAULT_QUOTA_WAIT_S }))
