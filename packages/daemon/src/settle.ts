import { timestamp } from "@kugetsu/core/domain/Timestamp"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { keepAbandoned } from "@kugetsu/core/keepContext"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { forgetRunSecrets } from "@kugetsu/core/RunSecrets"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { readText } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire, isHeld } from "@kugetsu/core/system/Lock"
import { bootId, isAlive, sweep } from "@kugetsu/core/system/ProcessTable"
import { DateTime, Effect, Option, Result } from "effect"
import { noteEnd, reportOf, writeExit } from "./Ending.ts"
import { removePrivateTmp } from "./PrivateTmp.ts"
import { quarantineLeft } from "./quarantine.ts"
import { redactRun } from "./redactRun.ts"
import { lockName, RUN_VARIABLE } from "./RunLocks.ts"
import { toldInVain } from "./toldInVain.ts"
import { endScope } from "./systemd/endScope.ts"

/** Between TERM and KILL for what a dead supervisor left behind. */
const GRACE_MS = 300
/** A killed process gives its locks back within moments. */
const LOCK_WAIT_MS = 2000
/** For the agent that was just ended to give the issue back; the daemon waits meanwhile. */
const ISSUE_WAIT_MS = 100

/**
 * The outcome of a run: the recorded one, or `lost` for a run whose supervisor died without recording any. What a dead
 * supervisor left undone (processes, the session's record) is done. None while the run goes on.
 */
export const settle = Effect.fn("settle")(function* (id: RunId, options: { readonly holdsIssue: boolean }) {
  const run = yield* (yield* Runs).require(id)
  if (yield* goesOn(run, options.holdsIssue)) return Option.fromNullishOr(run.exit)
  yield* sweep({
    token: { name: RUN_VARIABLE, value: id },
    below: run.agent !== null && isAlive(run.agent.agent) ? run.agent.agent.pid : null,
    waitedFor: null,
    graceMs: GRACE_MS,
  })
  if (run.exit === null) yield* endScope(id)
  yield* crashPoint("lost.swept")
  const exit = run.exit ?? (yield* recordLost(id))
  if (run.exit !== null) yield* noteEnd(exit)
  yield* options.holdsIssue ? finishLeft(exit) : finishUnlessHeld(exit)
  return Option.some(exit)
})

const keepLeft = ({ run }: RunExit) => Effect.andThen(toldInVain(run, keepAbandoned(run)), forgetRunSecrets(run))

/** Nothing is started for the issue before that. */
const finishLeft = (exit: RunExit) => Effect.andThen(keepLeft(exit), quarantineLeft(exit))

/** Whoever holds the issue may be at its records, and settles its newest run first of all. */
const finishUnlessHeld = Effect.fnUntraced(function* (exit: RunExit) {
  const lock = (yield* KugetsuHome).issueLock(yield* lockName(exit.issue_ref))
  yield* acquire(lock, { waitMs: ISSUE_WAIT_MS }).pipe(
    Effect.andThen(exit.misplaced === undefined ? keepLeft(exit) : finishLeft(exit)),
    Effect.catchTag("LockBusy", () => Effect.void),
  )
}, Effect.scoped)

/** A run without a supervisor's record is about to start as long as somebody holds its issue. */
const goesOn = Effect.fnUntraced(function* ({ request, supervisor }: RunRecord, holdsIssue: boolean) {
  if (supervisor !== null) return isAlive(supervisor.supervisor)
  return !holdsIssue && (yield* isHeld((yield* KugetsuHome).issueLock(yield* lockName(request.issue_ref))))
})

const recordLost = Effect.fnUntraced(function* (id: RunId) {
  const files = (yield* KugetsuHome).run(id)
  yield* acquire(files.lock, { waitMs: LOCK_WAIT_MS })
  const run = yield* (yield* Runs).require(id)
  if (run.exit !== null) return run.exit
  const { request, started, stop } = run
  yield* redactRun(id)
  const turn = started === null ? null : yield* reportOf(id)
  const lost: RunExit = {
    version: 1,
    run: id,
    issue_ref: request.issue_ref,
    outcome: stop === null ? "lost" : "stopped",
    evidence: [causeOf(run), ...(yield* lastWords(run)), ...(started === null ? [] : [lastSeen(turn)])],
    failure: null,
    exit_code: null,
    signal: null,
    clock: null,
    interrupted: stop === null && (isRebooted(run) || started === null),
    session_id: started?.session_id ?? null,
    worktree_path: started?.worktree_path ?? null,
    branch_name: started?.branch_name ?? null,
    pr_url: null,
    turn,
    work: null,
    not_before: null,
    pull_request_due: null,
    started_at: started?.started_at ?? null,
    finished_at: timestamp(yield* DateTime.now),
  }
  yield* writeExit(lost)
  yield* crashPoint("lost.exit")
  for (const tmp of new Set([run.supervisor?.tmp, started?.tmp])) {
    // what stays is the clean-up's, which tells of it
    if (tmp) yield* Effect.ignore(removePrivateTmp(tmp))
  }
  return lost
}, Effect.scoped)

const lastSeen = (turn: TurnReport | null): string =>
  turn === null ? "the agent's output could not be read" : `last seen: ${turn.last_tool ?? turn.last_text ?? "nothing"}`

/** The last line a supervisor wrote that never came to start its agent. */
const lastWords = Effect.fnUntraced(function* ({ request, started }: RunRecord) {
  if (started !== null) return []
  const log = yield* Effect.result(readText((yield* KugetsuHome).run(request.run).supervisorLog))
  if (Result.isFailure(log)) return [log.failure.message]
  const last =
    Option.getOrElse(log.success, () => "")
      .trimEnd()
      .split("\n")
      .at(-1) ?? ""
  return last === "" ? [] : [`its log ends with: ${last.slice(0, 300)}`]
})

const isRebooted = ({ supervisor }: RunRecord): boolean =>
  supervisor !== null && supervisor.supervisor.boot !== bootId()

const causeOf = (run: RunRecord): string => {
  if (run.stop !== null) return `stopped by ${run.stop.by}`
  if (isRebooted(run)) return "the machine was started anew meanwhile"
  return run.started === null
    ? "its supervisor ended before the agent was started"
    : "its supervisor was killed while the agent ran"
}
