import { Clock, Effect, Option, Stream } from "effect"
import { awaitsPullRequest } from "./awaitsPullRequest.ts"
import type { AgentAct } from "./domain/AgentAct.ts"
import type { RunExit, RunId, RunStarted } from "./domain/Run.ts"
import { type RunRecord, Runs } from "./Runs.ts"
import { growingFile } from "./system/GrowingFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { isAlive } from "./system/ProcessTable.ts"
import { watchDirectory } from "./system/Watch.ts"

/** What happens in a run, in order; `Ended` is the last. */
export type RunProgress =
  /** A supervisor looks after it: clone, worktree and session are made ready. */
  | { readonly _tag: "Preparing" }
  | { readonly _tag: "Started"; readonly started: RunStarted }
  | { readonly _tag: "Acted"; readonly act: AgentAct }
  /** A line of the agent's own log. */
  | { readonly _tag: "Logged"; readonly line: string }
  | { readonly _tag: "Ended"; readonly exit: RunExit }

export interface FollowOptions<E, R> {
  /** What a line of the agent's event file says; nothing for most. */
  readonly describe: (line: string) => ReadonlyArray<AgentAct>
  /** Gives the outcome of a run whose supervisor seems to be gone; None when it goes on after all. */
  readonly settle: (run: RunId) => Effect.Effect<Option.Option<RunExit>, E, R>
  /** The agent's own log too. */
  readonly log: boolean
}

/** Milliseconds between two looks when the watch brings nothing. */
const LOOK_MS = 500
/** Milliseconds in which a launched supervisor writes its record, on a busy machine. */
const APPEAR_MS = 15_000

/** Follows a run from its beginning, whatever point it has reached, to its end. */
export const followRun = <E, R>(id: RunId, options: FollowOptions<E, R>) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const runs = yield* Runs
      const paths = (yield* KugetsuHome).run(id)
      const first = yield* runs.require(id)
      const events = growingFile(paths.events)
      const log = options.log ? growingFile(paths.stderr) : Effect.succeed([])
      const nextChange = yield* watchDirectory(paths.dir)

      const look = Effect.fnUntraced(function* (before: RunRecord) {
        const now = yield* runs.require(id)
        const exit = now.exit ?? ((yield* seemsAbandoned(now)) ? Option.getOrNull(yield* options.settle(id)) : null)
        // after the records, so that whatever was written before the end is told before the end
        const acts = (yield* events).flatMap(options.describe)
        const progress: ReadonlyArray<RunProgress> = [
          ...(before.supervisor === null && now.supervisor !== null ? [{ _tag: "Preparing" } as const] : []),
          ...(before.started === null && now.started !== null
            ? [{ _tag: "Started", started: now.started } as const]
            : []),
          ...(yield* log).map((line) => ({ _tag: "Logged", line }) as const),
          ...acts.map((act) => ({ _tag: "Acted", act }) as const),
        ]
        if (exit !== null && !awaitsPullRequest(now))
          return [[...progress, { _tag: "Ended", exit } as const], Option.none()] as const
        if (progress.length === 0) yield* nextChange(LOOK_MS)
        return [progress, Option.some(now)] as const
      })

      return Stream.paginate<
        RunRecord,
        RunProgress,
        Effect.Error<ReturnType<typeof look>>,
        Effect.Services<ReturnType<typeof look>>
      >({ ...first, supervisor: null, started: null }, look)
    }),
  )

const seemsAbandoned = ({ request, supervisor }: RunRecord): Effect.Effect<boolean> =>
  supervisor !== null
    ? Effect.sync(() => !isAlive(supervisor.supervisor))
    : Effect.map(Clock.currentTimeMillis, (now) => now - Date.parse(request.requested_at) > APPEAR_MS)

/** Milliseconds for what a supervisor does after the outcome: it keeps a copy of the conversation. */
const LINGER_MS = 120_000
const LINGER_LOOK_MS = 50

/** Waits, for a while, until nobody holds the run's issue any more: from then on the next run can start. */
export const awaitRelease = Effect.fn("awaitRelease")(function* (id: RunId) {
  const { supervisor } = yield* (yield* Runs).require(id)
  for (let waited = 0; waited < LINGER_MS && supervisor !== null; waited += LINGER_LOOK_MS) {
    if (!isAlive(supervisor.supervisor)) return
    yield* Effect.sleep(LINGER_LOOK_MS)
  }
})
