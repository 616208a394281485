import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { Agent } from "@kugetsu/core/Agent"
import type { RunRequest } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { keepRunSecrets } from "@kugetsu/core/RunSecrets"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { replaceFile } from "@kugetsu/core/system/Files"
import { KugetsuHome, type RunPaths } from "@kugetsu/core/system/KugetsuHome"
import { type Launched, Processes } from "@kugetsu/core/system/Processes"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import { offerToOomKiller } from "@kugetsu/core/system/procFiles"
import { DateTime, Deferred, Effect, Exit } from "effect"
import { announceStart } from "./announce.ts"
import type { Ending } from "./Ending.ts"
import { endProcesses, GRACE_MS } from "./endProcesses.ts"
import { isUnwanted } from "./isUnwanted.ts"
import { failureOf, notStarted } from "./notStarted.ts"
import { ownIdentity } from "./ownIdentity.ts"
import type { RunLocks } from "./RunLocks.ts"
import { RunStartedBefore } from "./RunStartedBefore.ts"
import type { SignsOfLife } from "./signsOfLife.ts"
import { watch } from "./Turn.ts"
import { untilPutOff } from "./untilPutOff.ts"
import type { Workplace } from "./Workplace.ts"

/** What a supervisor has for its run. */
export interface Supervision {
  readonly locks: RunLocks
  readonly signs: SignsOfLife
  /** Done when the supervisor was asked to end. */
  readonly terminated: Deferred.Deferred<void>
}

/** Starts the agent, at most once, watches over it, and ends everything that is left of the run. */
export const runTurn = Effect.fn("runTurn")(function* (
  request: RunRequest,
  tmp: string,
  workplace: Workplace,
  { locks, signs, terminated }: Supervision,
) {
  const runs = yield* Runs
  const files = (yield* KugetsuHome).run(request.run)
  const command = yield* (yield* Agent).turn(workplace.place, workplace.session, { debug: request.debug })
  yield* keepRunSecrets(request.run, command.env)
  yield* replaceFile(files.prompt, workplace.prompt)
  const startedAt = timestamp(yield* DateTime.now)
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
  const watched = yield* Effect.exit(attend(agent, request, files, { signs, terminated }))
  const end = Exit.isSuccess(watched) ? watched.value : null
  yield* endProcesses(request.run, agent.pid, end?._tag === "Exited" ? GRACE_MS / 4 : GRACE_MS)
  yield* crashPoint("run.swept")
  return {
    request,
    workplace,
    failure: Exit.isSuccess(watched) ? null : failureOf(watched.cause),
    terminated: yield* Deferred.isDone(terminated),
    clock: end?._tag === "Expired" ? { which: end.clock, limitMs: end.limitMs } : null,
    putOff: end?._tag === "PutOff" ? end.quota : null,
    exit: yield* agent.exited,
    startedAt,
  } satisfies Ending
})

const attend = Effect.fnUntraced(function* (
  agent: Launched,
  request: RunRequest,
  files: RunPaths,
  { signs, terminated }: Pick<Supervision, "signs" | "terminated">,
) {
  const identity = identityOf(agent.pid)
  if (identity !== null) yield* (yield* Runs).recordAgent(request.run, { version: 1, agent: identity })
  yield* crashPoint("run.agent")
  offerToOomKiller(agent.pid)
  yield* announceStart(request)
  const putOff = untilPutOff(request.run, files)
  return yield* signs.givenBy((alive) =>
    watch(agent, files.events, clocksOf(request), { alive, putOff, terminated: Deferred.await(terminated) }),
  )
})

const clocksOf = ({ clocks }: RunRequest) => ({
  startupMs: clocks.startup_ms,
  idleMs: clocks.idle_ms,
  totalMs: clocks.total_ms,
})
