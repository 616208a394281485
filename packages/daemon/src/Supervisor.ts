import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { Agent } from "@kugetsu/core/Agent"
import { ExitCode, type FailureRecord, isFailure, toRecord } from "@kugetsu/core/domain/Failure"
import type { RunExit, RunId, RunRequest } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { ensureDirectory, replaceFile, touch } from "@kugetsu/core/system/Files"
import { KugetsuHome, type RunPaths } from "@kugetsu/core/system/KugetsuHome"
import { type Launched, Processes } from "@kugetsu/core/system/Processes"
import { identityOf, offerToOomKiller, sweep } from "@kugetsu/core/system/ProcessTable"
import { Cause, DateTime, Deferred, Effect, Exit, Option, Result, Schema } from "effect"
import * as path from "node:path"
import { announce, announceStart } from "./announce.ts"
import { type Ending, recordEnding } from "./Ending.ts"
import { isUnwanted } from "./isUnwanted.ts"
import { Pace } from "./Pace.ts"
import { RUN_VARIABLE, type RunLocks, takeOver } from "./RunLocks.ts"
import { privateTmp } from "./PrivateTmp.ts"
import { seeToPullRequest } from "./seeToPullRequest.ts"
import { type SignsOfLife, signsOfLife } from "./signsOfLife.ts"
import { type TurnEnd, watch } from "./Turn.ts"
import { prepare, type Workplace } from "./Workplace.ts"

/** The run was started before, or has an outcome: it is never started again. */
export class RunStartedBefore extends Schema.TaggedError<RunStartedBefore>()("RunStartedBefore", {
  run: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `run ${this.run} was started before; a run starts at most once`
  }
  get remedy() {
    return `kugetsu logs ${this.run} shows what came of it; kugetsu continue starts a new run on the issue.`
  }
}

/** Between TERM and KILL, so that a test server or a git command can end in order. */
const GRACE_MS = 2000
/** For the copy of the conversation, between a run's outcome and the end of its supervisor. */
export const EXPORT_LIMIT_MS = 60_000

/**
 * Looks after one run from its locks to its outcome. `terminated` is done when this process was asked to end. Holds the
 * issue's lock, the slot and the run's lock for as long as it lives; the agent inherits them, so that they are held as
 * long as either lives.
 */
export const supervise = Effect.fn("Supervisor.supervise")(function* (id: RunId, terminated: Deferred.Deferred<void>) {
  const runs = yield* Runs
  const run = yield* runs.require(id)
  const locks = yield* takeOver(run.request)
  yield* crashPoint("run.locked")
  if (run.started !== null || run.exit !== null) return yield* new RunStartedBefore({ run: id })

  const tmp = yield* Effect.result(privateTmp)
  yield* runs.recordSupervisor(id, {
    version: 1,
    supervisor: ownIdentity(),
    since: yield* now,
    tmp: Result.getOrElse(tmp, () => null),
  })
  yield* crashPoint("run.supervisor")
  const signs = yield* signsOfLife((yield* KugetsuHome).run(id).heartbeat)
  // who asked for the end before there was somebody to signal
  if (yield* isUnwanted(id)) yield* Deferred.succeed(terminated, undefined)
  yield* Effect.gen(function* () {
    const ending = Result.isFailure(tmp)
      ? notStarted(run.request, { terminated: false, failure: toRecord(tmp.failure) })
      : yield* work(run.request, tmp.success, locks, signs, terminated)
    const exit = yield* recordEnding(id, ending)
    yield* locks.freeSlot
    yield* crashPoint("run.slot")
    yield* hintAtEnd(id)
    yield* pullRequestOf(exit)
    yield* hintAtEnd(id)
    if (run.request.item === null) yield* announce((yield* runs.require(id)).exit ?? exit, null)
    yield* keepConversation(ending)
    yield* crashPoint("run.kept")
  }).pipe(Effect.ensuring(endAll(id, null, GRACE_MS / 4)))
  // who looks because of the hint must find the issue free
  yield* locks.freeIssue
  yield* hintAtEnd(id)
}, Effect.scoped)

/** Tells a daemon that a run ended, or that its issue is free: a hint, which may get lost. */
const hintAtEnd = Effect.fnUntraced(function* (id: RunId) {
  const { exits } = yield* KugetsuHome
  yield* Effect.ignore(Effect.andThen(ensureDirectory(exits), touch(path.join(exits, id))))
})

/** The daemon tries again where this fails. */
const pullRequestOf = Effect.fnUntraced(function* ({ pull_request_due, run }: RunExit) {
  if (pull_request_due === null) return
  yield* seeToPullRequest(run, { holdsIssue: true }).pipe(
    Effect.catchCause((cause) => Effect.logWarning("its pull request could not be seen to", cause)),
  )
})

/** Ends every process of the run, and whatever was orphaned to this one. */
const endAll = Effect.fnUntraced(function* (run: RunId, waitedFor: number | null, graceMs: number) {
  const outlived = yield* sweep({
    token: { name: RUN_VARIABLE, value: run },
    below: process.pid,
    waitedFor,
    graceMs,
  })
  if (outlived.length > 0) yield* Effect.logError(`processes that cannot be ended: ${outlived.join(", ")}`)
})

/** The work of a run as an `Ending`, whatever happens: a failure or a bug on the way is part of the ending. */
const work = Effect.fnUntraced(function* (
  request: RunRequest,
  tmp: string,
  locks: RunLocks,
  signs: SignsOfLife,
  terminated: Deferred.Deferred<void>,
) {
  const { preparationLimitMs } = yield* Pace
  const prepared = yield* prepare(request, tmp).pipe(
    Effect.timeoutOption(preparationLimitMs),
    Effect.sandbox,
    Effect.result,
    Effect.raceFirst(Effect.as(Deferred.await(terminated), null)),
  )
  if (prepared === null) return notStarted(request, { terminated: true, failure: null })
  if (Result.isFailure(prepared)) {
    return notStarted(request, { terminated: false, failure: failureOf(prepared.failure) })
  }
  if (Option.isNone(prepared.success)) {
    return notStarted(request, { terminated: false, failure: preparationTimedOut(preparationLimitMs) })
  }
  const workplace = prepared.success.value
  yield* crashPoint("run.prepared")
  return yield* runTurn(request, tmp, workplace, locks, signs, terminated).pipe(
    Effect.catchCause((cause) =>
      Effect.succeed<Ending>({
        ...notStarted(request, { terminated: false, failure: failureOf(cause) }),
        workplace,
      }),
    ),
  )
})

const runTurn = Effect.fn("Supervisor.runTurn")(function* (
  request: RunRequest,
  tmp: string,
  workplace: Workplace,
  locks: RunLocks,
  signs: SignsOfLife,
  terminated: Deferred.Deferred<void>,
) {
  const runs = yield* Runs
  const files = (yield* KugetsuHome).run(request.run)
  const command = yield* (yield* Agent).turn(workplace.place, workplace.session, { debug: request.debug })
  yield* replaceFile(files.prompt, workplace.prompt)
  const startedAt = yield* now
  const first = yield* runs.recordStarted(request.run, {
    version: 1,
    supervisor: ownIdentity(),
    started_at: startedAt,
    session_id: workplace.session,
    worktree_path: workplace.place.directory,
    branch_name: workplace.issue?.worktree.branch ?? null,
    head: workplace.issue?.before.head ?? null,
    tmp,
  })
  if (!first) return yield* new RunStartedBefore({ run: request.run })
  yield* crashPoint("run.started")
  if (yield* isUnwanted(request.run)) {
    return { ...notStarted(request, { terminated: true, failure: null }), workplace }
  }

  const agent = yield* (yield* Processes).launch({
    argv: command.argv,
    cwd: command.cwd,
    env: command.env,
    stdin: files.prompt,
    stdout: files.events,
    stderr: files.stderr,
    descriptors: locks.descriptors,
  })
  yield* crashPoint("run.spawned")
  const watched = yield* Effect.exit(attend(agent, request, files, signs, terminated))
  const end = Exit.isSuccess(watched) ? watched.value : null
  yield* endAll(request.run, agent.pid, end?._tag === "Exited" ? GRACE_MS / 4 : GRACE_MS)
  yield* crashPoint("run.swept")
  return {
    request,
    workplace,
    failure: Exit.isSuccess(watched) ? null : failureOf(watched.cause),
    terminated: yield* Deferred.isDone(terminated),
    clock: end === null ? null : clockOf(end),
    exit: yield* agent.exited,
    startedAt,
  } satisfies Ending
})

const attend = Effect.fnUntraced(function* (
  agent: Launched,
  request: RunRequest,
  files: RunPaths,
  signs: SignsOfLife,
  terminated: Deferred.Deferred<void>,
) {
  const identity = identityOf(agent.pid)
  if (identity !== null) yield* (yield* Runs).recordAgent(request.run, { version: 1, agent: identity })
  yield* crashPoint("run.agent")
  offerToOomKiller(agent.pid)
  yield* announceStart(request)
  return yield* signs.givenBy((alive) =>
    watch(agent, files.events, clocksOf(request), { alive, terminated: Deferred.await(terminated) }),
  )
})

const clocksOf = ({ clocks }: RunRequest) => ({
  startupMs: clocks.startup_ms,
  idleMs: clocks.idle_ms,
  totalMs: clocks.total_ms,
})

const clockOf = (end: TurnEnd): Ending["clock"] =>
  end._tag === "Expired" ? { which: end.clock, limitMs: end.limitMs } : null

const notStarted = (
  request: RunRequest,
  how: { readonly terminated: boolean; readonly failure: FailureRecord | null },
): Ending => ({ request, workplace: null, ...how, clock: null, exit: null, startedAt: null })

const preparationTimedOut = (limitMs: number): FailureRecord => ({
  error: "PreparationTimedOut",
  message: `clone, worktree and session were not ready within ${limitMs / 60_000} min`,
  remedy: "Look at the remote's speed and at the supervisor's log in the run's directory.",
  code: ExitCode.unavailable,
})

/** The typed failure in a cause; anything else is a bug of kugetsu, and says so. */
const failureOf = (cause: Cause.Cause<unknown>): FailureRecord => {
  const error = Cause.squash(cause)
  return isFailure(error)
    ? toRecord(error)
    : {
        error: "Bug",
        message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        remedy: "This is a bug in kugetsu; please report it with the run's directory.",
        code: ExitCode.failed,
      }
}

/** A conversation that cannot be copied is told in the supervisor's log; the run's outcome stands. */
const keepConversation = Effect.fn("Supervisor.keepConversation")(function* ({ workplace }: Ending) {
  if (workplace === null) return
  yield* (yield* Agent).keepExport(workplace.place, workplace.session).pipe(
    Effect.timeout(EXPORT_LIMIT_MS),
    Effect.catchCause((cause) => Effect.logWarning("the conversation could not be copied", cause)),
  )
})

const ownIdentity = () => {
  const identity = identityOf(process.pid)
  if (identity === null) throw new Error("a running process has an identity")
  return identity
}

const now = Effect.map(DateTime.now, timestamp)
