import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { Agent } from "@kugetsu/core/Agent"
import { keepContext } from "@kugetsu/core/keepContext"
import { toRecord } from "@kugetsu/core/domain/Failure"
import type { RunExit, RunId, RunRequest } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { forgetRunSecrets } from "@kugetsu/core/RunSecrets"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { ensureDirectory, touch } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Deferred, Effect, Option, Result } from "effect"
import * as path from "node:path"
import { announce, verbosityOf } from "./announce.ts"
import { type Ending, recordEnding } from "./Ending.ts"
import { endProcesses, GRACE_MS } from "./endProcesses.ts"
import { isUnwanted } from "./isUnwanted.ts"
import { failureOf, notStarted, preparationTimedOut } from "./notStarted.ts"
import { ownIdentity } from "./ownIdentity.ts"
import { Pace } from "./Pace.ts"
import { privateTmp } from "./PrivateTmp.ts"
import { takeOver } from "./RunLocks.ts"
import { quarantine } from "./quarantine.ts"
import { RunStartedBefore } from "./RunStartedBefore.ts"
import { runTurn, type Supervision } from "./runTurn.ts"
import { seeToPullRequest } from "./seeToPullRequest.ts"
import { signsOfLife } from "./signsOfLife.ts"
import { toldInVain } from "./toldInVain.ts"
import { prepare } from "./Workplace.ts"

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
    since: timestamp(yield* DateTime.now),
    tmp: Result.getOrElse(tmp, () => null),
  })
  yield* crashPoint("run.supervisor")
  const signs = yield* signsOfLife((yield* KugetsuHome).run(id).heartbeat)
  // who asked for the end before there was somebody to signal
  if (yield* isUnwanted(id)) yield* Deferred.succeed(terminated, undefined)
  yield* Effect.gen(function* () {
    const ending = Result.isFailure(tmp)
      ? notStarted(run.request, { terminated: false, failure: toRecord(tmp.failure) })
      : yield* work(run.request, tmp.success, { locks, signs, terminated })
    const exit = yield* recordEnding(id, ending)
    yield* locks.freeSlot
    yield* crashPoint("run.slot")
    yield* hintAtEnd(id)
    yield* pullRequestOf(exit)
    yield* hintAtEnd(id)
    if (run.request.item === null) {
      yield* announce((yield* runs.require(id)).exit ?? exit, null, verbosityOf(run.request))
    }
    yield* keepConversation(ending)
    yield* toldInVain(id, keepContext(id))
    yield* quarantineMisplaced(ending, exit)
    yield* forgetRunSecrets(id)
    yield* crashPoint("run.kept")
  }).pipe(Effect.ensuring(endProcesses(id, null, GRACE_MS / 4)))
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

/** The work of a run as an `Ending`, whatever happens: a failure or a bug on the way is part of the ending. */
const work = Effect.fnUntraced(function* (request: RunRequest, tmp: string, supervision: Supervision) {
  const { preparationLimitMs } = yield* Pace
  const prepared = yield* prepare(request, tmp).pipe(
    Effect.timeoutOption(preparationLimitMs),
    Effect.sandbox,
    Effect.result,
    Effect.raceFirst(Effect.as(Deferred.await(supervision.terminated), null)),
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
  return yield* runTurn(request, tmp, workplace, supervision).pipe(
    Effect.catchCause((cause) =>
      Effect.succeed<Ending>({
        ...notStarted(request, { terminated: false, failure: failureOf(cause) }),
        workplace,
      }),
    ),
  )
})

/** A conversation that cannot be copied is told; the run's outcome stands. */
const keepConversation = Effect.fn("Supervisor.keepConversation")(function* ({ request, workplace }: Ending) {
  if (workplace === null) return
  const copy = (yield* Agent).keepExport(workplace.place, workplace.session)
  yield* toldInVain(request.run, Effect.timeout(copy, EXPORT_LIMIT_MS))
})

/**
 * The session has seen another place; a copy of its conversation goes on, in a session of its own. Whoever starts the
 * issue's next run does it where this fails, or never comes to be done.
 */
const quarantineMisplaced = Effect.fn("Supervisor.quarantineMisplaced")(function* (
  { workplace }: Ending,
  { misplaced = [] }: RunExit,
) {
  if (workplace === null || misplaced.length === 0) return
  yield* crashPoint("run.misplaced")
  yield* quarantine(workplace, misplaced).pipe(
    Effect.catchCause((cause) => Effect.logWarning("the session could not be put into quarantine", cause)),
  )
})
