import { Context, type Effect, type Option } from "effect"
import type { Failure } from "./domain/Failure.ts"
import type { RunAgent, RunExit, RunId, RunRequest, RunStarted, RunStop, RunSupervisor } from "./domain/Run.ts"

/** One run as its directory tells it. */
export interface RunRecord {
  readonly request: RunRequest
  readonly supervisor: RunSupervisor | null
  readonly started: RunStarted | null
  readonly agent: RunAgent | null
  readonly stop: RunStop | null
  readonly exit: RunExit | null
}

/** The records of runs: `runs/<run>/…`. */
export class Runs extends Context.Service<
  Runs,
  {
    readonly create: (request: RunRequest) => Effect.Effect<void, Failure>
    readonly find: (id: RunId) => Effect.Effect<Option.Option<RunRecord>, Failure>
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<RunRecord>, Failure>
    readonly recordSupervisor: (id: RunId, record: RunSupervisor) => Effect.Effect<void, Failure>
    /** false: it was started before. */
    readonly recordStarted: (id: RunId, record: RunStarted) => Effect.Effect<boolean, Failure>
    readonly recordAgent: (id: RunId, record: RunAgent) => Effect.Effect<void, Failure>
    /** false: a stop was asked for before. */
    readonly requestStop: (id: RunId, by: string) => Effect.Effect<boolean, Failure>
    /** false: it has an outcome already, which stands. */
    readonly recordExit: (exit: RunExit) => Effect.Effect<boolean, Failure>
  }
>()("@kugetsu/core/Runs") {}
