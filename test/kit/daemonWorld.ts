import { Agent } from "@kugetsu/core/Agent"
import type { Failure } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import { Launcher, type LaunchRequest } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import type { Processes } from "@kugetsu/core/system/Processes"
import { type DaemonPace, Pace } from "@kugetsu/daemon/Pace"
import { tick, type TickState } from "@kugetsu/daemon/tick"
import { rememberingTroubles } from "@kugetsu/daemon/trouble"
import { Effect, Layer, Logger, type Scope } from "effect"
import * as path from "node:path"
import { deadSupervisor, runExit, runId, runRequest } from "./records.ts"
import { ProcessesLive } from "./effectTest.ts"
import { gitLayers, noForges } from "./gitLayers.ts"
import { temporaryDirectory } from "./temporary.ts"

type Needs =
  | Layer.Success<ReturnType<typeof gitLayers> | typeof noForges>
  | Agent
  | KugetsuHome
  | Launcher
  | Notifications
  | Processes
  | Queue
  | Runs
  | Scope.Scope
  | Sessions
  | Settings

export interface DaemonHomeOptions {
  /** In place of supervisors, which these tests do not start. */
  readonly launch?: (asked: LaunchRequest) => Effect.Effect<RunId, Failure, Queue | Runs>
  readonly report?: Agent["Service"]["report"]
  readonly agent?: Partial<Agent["Service"]>
  readonly pace?: Partial<DaemonPace>
  /** Is given each line that is logged. */
  readonly onLog?: (line: string) => void
}

/** A home with the real records, in which this process is the daemon. */
export const inDaemonHome = <A, E>(body: Effect.Effect<A, E, Needs>, options: DaemonHomeOptions = {}) =>
  Effect.gen(function* () {
    const launch = options.launch ?? (() => Effect.die("nothing was to be started"))
    const launcher = Layer.effect(
      Launcher,
      Effect.map(Effect.context<Queue | Runs>(), (needs) => ({
        launch: (asked) => Effect.provideContext(launch(asked), needs),
        hold: () => Effect.die("no issue was to be held"),
      })),
    )
    const log = Logger.make<unknown, void>(({ message }) => options.onLog?.([message].flat().join(" ")))
    const layer = Layer.mergeAll(
      launcher,
      Layer.mock(Agent, {
        report: options.report ?? (() => Effect.die("no agent was to be reported on")),
        finishQuarantine: () => Effect.void,
        ...options.agent,
      }),
      Logger.layer([log]),
    ).pipe(
      Layer.provideMerge(Layer.mergeAll(FileQueue.layer, Notifications.layer, Runs.layer, noForges, ProcessesLive)),
      Layer.provideMerge(gitLayers({ root: path.join(yield* temporaryDirectory, "home"), env: {} })),
    )
    const pace = { ...(yield* Pace), startGapMs: 0, ...options.pace }
    return yield* rememberingTroubles(body).pipe(Effect.provide(layer), Effect.provideService(Pace, pace))
  })

/** One look of the daemon. */
export const look = Effect.fnUntraced(function* (state: TickState) {
  return yield* tick(yield* (yield* Settings).load, state, 0)
})

export const refOf = (issue: number): string => `example.org/ann/tool#${issue}`

export const enqueue = Effect.fnUntraced(function* (issue: number) {
  const ref = yield* Effect.fromResult(parseIssueRef(refOf(issue)))
  return (yield* (yield* Queue).enqueue({ issue: ref, message: "go" })).item.id
})

/** Sets a run to a task, as a launcher does; its supervisor is dead. */
export const begin = Effect.fnUntraced(function* (item: QueueItemId, issue: number, run: RunId) {
  const runs = yield* Runs
  const ref = yield* Effect.fromResult(parseIssueRef(refOf(issue)))
  yield* (yield* Queue).claim(item, run)
  yield* runs.create(runRequest(run, { issue_ref: refOf(issue), item }))
  yield* runs.recordSupervisor(run, deadSupervisor())
  yield* (yield* Sessions).update(ref, (session) => ({ ...session, state: "active", run }))
})

/** A task on an issue whose run has come to its outcome, and of which nobody was told yet. */
export const endedTask = Effect.fnUntraced(function* (issue: number, exit: Partial<RunExit> = {}) {
  const item = yield* enqueue(issue)
  const run = runId(`ended${issue}`)
  yield* begin(item, issue, run)
  yield* (yield* Runs).recordExit(runExit(run, { issue_ref: refOf(issue), ...exit }))
  return { item, run }
})

/** What people were told, oldest first, but for the arrival of tasks. */
export const news = Effect.gen(function* () {
  return (yield* (yield* Notifications).list).filter(({ type }) => type !== "task_queued")
})

/** About what they were told, and the type. */
export const told = Effect.gen(function* () {
  return (yield* news).map(({ id }) => id)
})
