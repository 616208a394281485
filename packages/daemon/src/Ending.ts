import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { quotaOver } from "@kugetsu/core/domain/Disposition"
import { conclude, type RunFacts, sessionStateAfter } from "@kugetsu/core/domain/Conclusion"
import type { FailureRecord } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { Clock, RunExit, RunId, RunRequest } from "@kugetsu/core/domain/Run"
import type { Session } from "@kugetsu/core/domain/Session"
import type { QuotaRefusal } from "@kugetsu/core/domain/TurnReport"
import { Agent } from "@kugetsu/core/Agent"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Effect, Option, Result } from "effect"
import { countedUsage } from "./countedUsage.ts"
import { dueAfter } from "./dueAfter.ts"
import { misplacedAfter } from "./wall.ts"
import { redactRun } from "./redactRun.ts"
import { memoryKills } from "./systemd/memoryKills.ts"
import { workEvidence } from "./workEvidence.ts"
import type { Workplace } from "./Workplace.ts"

/** How a run ended, as its supervisor saw it. */
export interface Ending {
  readonly request: RunRequest
  /** null: preparation did not get that far. */
  readonly workplace: Workplace | null
  readonly failure: FailureRecord | null
  /** The supervisor was asked to end. */
  readonly terminated: boolean
  readonly clock: { readonly which: Clock; readonly limitMs: number } | null
  /** The turn was ended for it; null or left out: it was not. */
  readonly putOff?: QuotaRefusal | null
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null
  /** null: no agent was started. */
  readonly startedAt: string | null
}

/** For git to tell of the worktree after the turn. */
const WORK_LIMIT_MS = 60_000

/** Gathers the evidence, concludes, and writes the one outcome of the run into its exit file and the session. */
export const recordEnding = Effect.fn("Ending.recordEnding")(function* (id: RunId, ending: Ending) {
  const runs = yield* Runs
  const { stop } = yield* runs.require(id)
  yield* redactRun(id)
  const turn = ending.startedAt === null ? null : yield* reportOf(id)
  const work = yield* workOf(ending)
  const misplaced = yield* misplacedIn(ending)
  return yield* recordFacts(ending, {
    stoppedBy: stop?.by ?? null,
    interrupted: ending.terminated && stop === null,
    failure: ending.failure,
    clock: ending.clock,
    putOff: ending.putOff ?? null,
    exit: ending.exit,
    turn,
    work: Result.getOrElse(work, () => null),
    workUnknown: Result.match(work, { onSuccess: () => null, onFailure: (reason) => reason }),
    misplaced: misplaced.mismatches,
    notes: [...notesOn(ending.workplace), ...(yield* memoryKills), ...misplaced.notes],
  })
})

const notesOn = (workplace: Workplace | null): ReadonlyArray<string> =>
  workplace === null
    ? []
    : [...(workplace.issue?.worktree.warnings ?? []), ...workplace.notes, ...(workplace.issue?.untold ?? [])]

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
    interrupted: facts.interrupted && outcome === "lost",
    session_id: workplace?.session ?? null,
    worktree_path: workplace?.place.directory ?? null,
    branch_name: workplace?.issue?.worktree.branch ?? null,
    pr_url:
      facts.work?.pull_request?.url ??
      workplace?.issue?.before.pullRequest.pullRequest?.url ??
      workplace?.issue?.before.recordedUrl ??
      null,
    turn: facts.turn,
    work: facts.work,
    ...(facts.misplaced?.length ? { misplaced: facts.misplaced } : {}),
    pull_request_due: yield* dueAfter(outcome, facts.work, workplace?.issue ?? null),
    not_before:
      outcome === "quota_wait"
        ? timestamp(quotaOver(finishedAt, (facts.putOff ?? facts.turn?.quota)?.retry_after_s ?? null))
        : null,
    started_at: ending.startedAt,
    finished_at: timestamp(finishedAt),
  }
  yield* writeExit(exit)
  return exit
})

/**
 * The exit file, and what the session's record says after it. An outcome that is there already stands; a session that
 * cannot be told is told by the daemon, or by whoever starts the issue's next run.
 */
export const writeExit = Effect.fn("Ending.writeExit")(function* (exit: RunExit) {
  if (!(yield* (yield* Runs).recordExit(exit))) return
  yield* crashPoint("run.exit")
  yield* Effect.catch(noteEnd(exit), (failure) => Effect.logError(failure.message))
  yield* crashPoint("run.session")
})

/** What the session says after its newest run. Safe to repeat: whoever wrote the outcome may have died right after it. */
export const noteEnd = Effect.fn("Ending.noteEnd")(function* (exit: RunExit) {
  const sessions = yield* Sessions
  const ref = exit.issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(exit.issue_ref))
  const found = ref === null ? yield* sessions.pm : Option.map(yield* sessions.find(ref), ({ session }) => session)
  const before = Option.getOrNull(found)
  if (before === null || before.run !== exit.run || before.state !== "active") return
  const usageOf = yield* countedUsage(exit, before)
  // who else saw the end may have been here since: a run is counted once
  const ended = (session: Session): Session =>
    session.run !== exit.run || session.state !== "active"
      ? session
      : {
          ...session,
          state: sessionStateAfter(exit.outcome),
          pr_url: exit.pr_url ?? session.pr_url,
          branch_name: exit.branch_name ?? session.branch_name,
          usage: usageOf(session),
        }
  if (ref === null) yield* sessions.put("pm-agent", ended(before))
  else yield* Effect.catchTag(sessions.amend(ref, ended), "NotTracked", () => Effect.void)
})

/** null when the run's files cannot be read: the outcome then says so. */
export const reportOf = Effect.fn("Ending.reportOf")(function* (id: RunId) {
  const { events, stderr } = (yield* KugetsuHome).run(id)
  return yield* (yield* Agent)
    .report({ events, stderr })
    .pipe(Effect.catch((failure) => Effect.as(Effect.logError(failure.message), null)))
})

/** What could not be looked at is looked at again before the next turn, and told here. */
const misplacedIn = Effect.fn("Ending.misplacedIn")(function* ({ startedAt, workplace }: Ending) {
  if (startedAt === null || workplace === null) return { mismatches: [], notes: [] }
  const unknown = (why: string) => ({
    mismatches: [],
    notes: [`whether the agent was in its place to the end is unknown: ${why}`],
  })
  return yield* misplacedAfter(workplace).pipe(
    Effect.map((mismatches) => ({ mismatches, notes: [] })),
    Effect.catch(({ message }) => Effect.succeed(unknown(message))),
    Effect.timeoutOrElse({
      duration: WORK_LIMIT_MS,
      orElse: () => Effect.succeed(unknown("git did not answer in time")),
    }),
  )
})

/** null where there is no work to speak of; a reason where it could not be learnt. */
const workOf = Effect.fn("Ending.workOf")(function* ({ startedAt, workplace }: Ending) {
  if (startedAt === null || workplace === null || workplace.issue === null) return Result.succeed(null)
  return yield* workEvidence(workplace.issue).pipe(
    Effect.mapError((failure) => failure.message),
    Effect.timeoutOrElse({ duration: WORK_LIMIT_MS, orElse: () => Effect.fail("git did not answer in time") }),
    Effect.result,
  )
})
