import { Context, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { AgentName, RunId } from "./domain/Run.ts"
import type { Failure } from "./domain/Failure.ts"

export interface LaunchRequest {
  readonly agent: AgentName
  /** null for the PM. */
  readonly issue: IssueRef | null
  /** null: continue from where you stopped. */
  readonly message: string | null
  readonly debug: boolean
  /** Noted in the session's record as the run is launched, and not when it is refused. */
  readonly pullRequestUrl?: string
}

/** The port to the supervisors; packages/daemon fills it. */
export class Launcher extends Context.Service<
  Launcher,
  {
    /**
     * Takes the issue's lock and a slot, writes the request, and starts a supervisor that holds both for as long as it
     * or its agent lives. Fails with `IssueBusy` (75) or `LimitReached` (2), nothing lost.
     */
    readonly launch: (request: LaunchRequest) => Effect.Effect<RunId, Failure>
  }
>()("@kugetsu/core/Launcher") {}
