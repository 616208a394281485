import { timestamp } from "@kugetsu/core/domain/Timestamp"
import type { Agent } from "@kugetsu/core/Agent"
import { newRunId, type RunId, type RunRequest } from "@kugetsu/core/domain/Run"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { ItemGone, type LaunchRequest, Launcher } from "@kugetsu/core/Launcher"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings, type SettingsSnapshot } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { type HeldLock, release } from "@kugetsu/core/system/Lock"
import { Processes } from "@kugetsu/core/system/Processes"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Trash } from "@kugetsu/core/Trash"
import { DateTime, Effect, Layer, Option, Random } from "effect"
import { inherited, lockIssue, lockName, RUN_VARIABLE, takeSlot } from "./RunLocks.ts"
import { settle } from "./settle.ts"
import { EXPORT_LIMIT_MS } from "./Supervisor.ts"

/**
 * The layer of the `Launcher` port: one supervisor process a run, which outlives the launcher. Locks are taken in one
 * order (issue, slot) and pass to the supervisor with their descriptors.
 */
export const layer = Layer.effect(
  Launcher,
  Effect.map(
    Effect.context<Agent | KugetsuHome | Processes | Queue | Runs | Sessions | Settings | Trash>(),
    (needs) => ({
      launch: (asked) => Effect.provideContext(launch(asked), needs),
    }),
  ),
)

/** A look at a free lock takes it for a moment: that is nobody's agent. */
const LOOK_MS = 100

const launch = Effect.fn("SupervisorLauncher.launch")(function* (asked: LaunchRequest) {
  const settings = yield* (yield* Settings).load
  const issueRef = asked.issue?.toString() ?? null
  const last = yield* lastRunOf(asked)
  // An orphaned agent holds the issue: it is ended before the lock is asked for. A run that never got a supervisor can
  // only be told from one that is about to get it by the lock itself.
  const ended = last !== null && Option.isSome(yield* settle(last, { holdsIssue: false }))
  const issue = yield* lockIssue(yield* lockName(issueRef), {
    issue: issueRef ?? "the PM",
    run: last,
    waitMs: ended ? EXPORT_LIMIT_MS : LOOK_MS,
  })
  return yield* Effect.gen(function* () {
    yield* crashPoint("launch.locked")
    if (last !== null) yield* settle(last, { holdsIssue: true })
    // a move of the issue that was cut off comes to its end before anything is written in its place
    yield* (yield* Trash).settle(asked.issue ?? "pm-agent")
    const slot = asked.issue === null ? null : yield* takeSlot(settings.maxConcurrentAgents)
    yield* crashPoint("launch.slot")
    const request = requestOf(asked, settings, yield* DateTime.now, yield* Random.next)
    const marked = Effect.andThen(markActive(request, asked.pullRequestUrl), crashPoint("launch.marked"))
    const start = withClaim(asked.item, request.run, Effect.andThen(marked, startSupervisor(request, issue, slot)))
    return yield* slot === null ? start : Effect.ensuring(start, release(slot))
  }).pipe(Effect.ensuring(release(issue)))
})

/** Claims the item before anything of the run is written, and gives it back when no supervisor could be started. */
const withClaim = Effect.fnUntraced(function* <A, E, R>(
  item: QueueItemId | null,
  run: RunId,
  start: Effect.Effect<A, E, R>,
) {
  if (item === null) return yield* start
  const queue = yield* Queue
  const claimed = yield* queue.claim(item, run)
  if (claimed._tag === "Gone") return yield* new ItemGone({ item })
  yield* crashPoint("launch.claimed")
  return yield* Effect.onError(start, () => Effect.ignore(queue.release(claimed.claim)))
})

const lastRunOf = Effect.fnUntraced(function* ({ issue }: LaunchRequest) {
  const sessions = yield* Sessions
  const session =
    issue === null ? yield* sessions.pm : Option.map(yield* sessions.find(issue), (tracked) => tracked.session)
  const id = Option.getOrNull(session)?.run ?? null
  if (id === null) return null
  // the directory of a run is cleaned up some days after it was settled
  return Option.match(yield* (yield* Runs).find(id as RunId), { onNone: () => null, onSome: () => id as RunId })
})

const requestOf = (asked: LaunchRequest, settings: SettingsSnapshot, at: DateTime.Utc, random: number): RunRequest => ({
  version: 1,
  run: newRunId(DateTime.toDate(at), random),
  agent: asked.agent,
  issue_ref: asked.issue?.toString() ?? null,
  message: asked.message,
  requested_at: timestamp(at),
  clocks: {
    startup_ms: settings.startupTimeoutMs,
    idle_ms: settings.idleTimeoutMs,
    total_ms: settings.taskTimeoutMs,
  },
  debug: asked.debug,
  item: asked.item,
})

const startSupervisor = Effect.fn("SupervisorLauncher.startSupervisor")(function* (
  request: RunRequest,
  issue: HeldLock,
  slot: HeldLock | null,
) {
  const home = yield* KugetsuHome
  const { supervisorLog } = home.run(request.run)
  yield* (yield* Runs).create(request)
  yield* crashPoint("launch.requested")
  yield* (yield* Processes).launch({
    argv: [...selfCommand(), "agent-run", request.run] as unknown as readonly [string, ...Array<string>],
    cwd: home.root,
    env: supervisorEnvironment(yield* HostEnvironment, home.root),
    stdin: null,
    stdout: supervisorLog,
    stderr: supervisorLog,
    descriptors: inherited(issue, slot),
  })
  yield* crashPoint("launch.spawned")
  return request.run
})

/** The session names its newest run before there is one to name, so that nothing of it can be overlooked. */
const markActive = Effect.fnUntraced(function* ({ issue_ref, run }: RunRequest, pullRequestUrl?: string) {
  const sessions = yield* Sessions
  if (issue_ref !== null) {
    const ref = yield* Effect.fromResult(parseIssueRef(issue_ref))
    return yield* sessions.update(ref, (session) => ({
      ...session,
      state: "active",
      run,
      pr_url: pullRequestUrl ?? session.pr_url,
    }))
  }
  const pm = yield* sessions.pm
  if (Option.isSome(pm)) yield* sessions.put("pm-agent", { ...pm.value, state: "active", run })
})

/** The launcher's own variables, less the token: the sweep of a run must not find its supervisor. */
const supervisorEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({ ...env, KUGETSU_DIR: home }).flatMap(([key, value]) =>
      value === undefined || key === RUN_VARIABLE ? [] : [[key, value]],
    ),
  )
