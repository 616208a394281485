import { timestamp } from "@kugetsu/core/domain/Timestamp"
import type { Agent } from "@kugetsu/core/Agent"
import type { Contexts } from "@kugetsu/core/Contexts"
import { newRunId, type RunId, type RunRequest } from "@kugetsu/core/domain/Run"
import { type IssueRef, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { runSettingsOf } from "@kugetsu/core/domain/RunSettings"
import { ItemGone, type LaunchRequest, Launcher } from "@kugetsu/core/Launcher"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { requireFitOpencode } from "@kugetsu/core/opencode/UnfitOpencode"
import type { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import type { FactNeeds } from "@kugetsu/core/removal/gatherFacts"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { setAside } from "@kugetsu/core/setAside"
import { Settings, type SettingsSnapshot } from "@kugetsu/core/Settings"
import { takeSlot } from "@kugetsu/core/Slots"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { release } from "@kugetsu/core/system/Lock"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Processes } from "@kugetsu/core/system/Processes"
import { Trash } from "@kugetsu/core/Trash"
import { DateTime, Effect, Layer, Option, Random } from "effect"
import { lockIssue, lockName } from "./RunLocks.ts"
import { settle } from "./settle.ts"
import { EXPORT_LIMIT_MS } from "./Supervisor.ts"
import { startSupervisor } from "./startSupervisor.ts"
import { agentScope } from "./systemd/agentScope.ts"

type Needs = Agent | Contexts | Notifications | Processes | Queue | Runs | Sessions | Trash | FactNeeds

/**
 * The layer of the `Launcher` port: one supervisor process a run, which outlives the launcher. Locks are taken in one
 * order (issue, slot) and pass to the supervisor with their descriptors.
 */
export const layer = Layer.effect(
  Launcher,
  Effect.map(Effect.context<Needs>(), (needs) => ({
    launch: (asked) => Effect.provideContext(launch(asked), needs),
    hold: (issue) =>
      Effect.provide(
        Effect.map(keepOff(issue, null), ({ settled }) => settled),
        needs,
      ),
  })),
)

/** A look at a free lock takes it for a moment: that is nobody's agent. */
const LOOK_MS = 100

/** A clone may be held for as long as it takes to fetch a big repository: a person waits for that, the daemon tries again. */
const CLONE_MS = 100

/** A killed agent gives its lock back within moments. */
const SETTLED_MS = 2000

const launch = Effect.fn("SupervisorLauncher.launch")(function* (asked: LaunchRequest) {
  const settings = asked.settings ?? (yield* (yield* Settings).load)
  yield* requireFitOpencode(settings.opencodeBin)
  const scope = yield* agentScope(settings)
  const { held: issue } = yield* keepOff(asked.issue, asked.item)
  yield* crashPoint("launch.locked")
  const slot = asked.issue === null ? null : yield* takeSlot(settings.maxConcurrentAgents)
  yield* crashPoint("launch.slot")
  const aside = asked.fresh && asked.issue !== null ? setAside(asked.issue) : Effect.succeedNone
  const request = requestOf(asked, settings, yield* DateTime.now, yield* Random.next)
  const marked = Effect.andThen(markActive(request, asked.pullRequestUrl), crashPoint("launch.marked"))
  const begin = Effect.andThen(marked, startSupervisor(request, { issue, slot, scope }))
  // cut off after the spawn it would give back the claim of a run that goes on
  const start = Effect.uninterruptible(withClaim(asked.item, request.run, Effect.andThen(aside, begin)))
  return yield* slot === null ? start : Effect.ensuring(start, release(slot))
}, Effect.scoped)

/** The issue's lock for the scope, and its last run settled. */
export const keepOff = Effect.fn("SupervisorLauncher.keepOff")(function* (
  issue: IssueRef | null,
  item: QueueItemId | null,
) {
  const issueRef = issue?.toString() ?? null
  const last = yield* lastRunOf(issue)
  const name = yield* lockName(issueRef)
  const lock = (waitMs: number) => lockIssue(name, { issue: issueRef ?? "the PM", run: last, waitMs })
  const held = yield* Effect.acquireRelease(
    lock(0).pipe(Effect.catchTag("IssueBusy", () => Effect.flatMap(patienceAfter(last, item), lock))),
    release,
    { interruptible: true },
  )
  if (last !== null) yield* settle(last, { holdsIssue: true })
  // a move of the issue that was cut off comes to its end before anything is written in its place
  const settled = yield* (yield* Trash).settle(issue ?? "pm-agent", item === null ? undefined : CLONE_MS)
  return { held, settled }
})

/**
 * How long to wait for an issue that is held. An orphaned agent holds it: it is ended first. A supervisor that lives on
 * after the outcome copies the conversation: a person waits for that; the daemon has other issues, and is told when this
 * one is free.
 */
const patienceAfter = Effect.fnUntraced(function* (last: RunId | null, item: QueueItemId | null) {
  if (last === null || Option.isNone(yield* settle(last, { holdsIssue: false }))) return LOOK_MS
  const { supervisor } = yield* (yield* Runs).require(last)
  if (supervisor === null || !isAlive(supervisor.supervisor)) return SETTLED_MS
  return item === null ? EXPORT_LIMIT_MS : LOOK_MS
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
  return yield* Effect.andThen(requireWanted(item), start).pipe(
    Effect.onError(() => Effect.ignore(queue.release(claimed.claim))),
  )
})

/** Who cancels a claimed item looks for its run, and there is none yet; later ones are for the supervisor. */
const requireWanted = Effect.fnUntraced(function* (item: QueueItemId) {
  const found = yield* (yield* Queue).find(item)
  if (Option.isNone(found) || found.value.cancel_requested) return yield* new ItemGone({ item })
})

const lastRunOf = Effect.fnUntraced(function* (issue: IssueRef | null) {
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
  fresh: asked.fresh ?? false,
  debug: asked.debug,
  item: asked.item,
  settings: runSettingsOf(settings),
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
