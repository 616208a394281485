import { Effect } from "effect"
import type { Outcome } from "./domain/Outcome.ts"
import type { AgentName, RunId } from "./domain/Run.ts"
import type { TurnReport } from "./domain/TurnReport.ts"
import { type RunRecord, Runs } from "./Runs.ts"
import { isAlive } from "./system/ProcessTable.ts"

/** How far a run has come. `abandoned`: nobody looks after it, and it has no outcome yet. */
export type RunPhase = "requested" | "preparing" | "running" | "ended" | "abandoned"

/** A run as `kugetsu logs --json` prints it. */
export interface ListedRun {
  readonly run: RunId
  /** null for the PM. */
  readonly issue_ref: string | null
  readonly agent: AgentName
  /** null: continue from where you stopped. */
  readonly message: string | null
  readonly phase: RunPhase
  /** null until it has ended. */
  readonly outcome: Outcome | null
  readonly requested_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
  /** null until it has ended, and where no agent was started. */
  readonly usage: Pick<TurnReport, "tokens" | "cost"> | null
}

/** Every run that is kept, newest first, and an error for each that could not be understood. */
export const listRuns = Effect.gen(function* () {
  const { runs, unreadable } = yield* (yield* Runs).survey
  return { runs: runs.map(listedRun), unreadable }
}).pipe(Effect.withSpan("listRuns"))

export const listedRun = (run: RunRecord): ListedRun => ({
  run: run.request.run,
  issue_ref: run.request.issue_ref,
  agent: run.request.agent,
  message: run.request.message,
  phase: phaseOf(run),
  outcome: run.exit?.outcome ?? null,
  requested_at: run.request.requested_at,
  started_at: run.started?.started_at ?? null,
  finished_at: run.exit?.finished_at ?? null,
  usage: usageOf(run),
})

const usageOf = ({ exit }: RunRecord): ListedRun["usage"] =>
  exit === null || exit.turn === null ? null : { tokens: exit.turn.tokens, cost: exit.turn.cost }

const phaseOf = ({ exit, supervisor, started }: RunRecord): RunPhase => {
  if (exit !== null) return "ended"
  if (supervisor === null) return "requested"
  if (!isAlive(supervisor.supervisor)) return "abandoned"
  return started === null ? "preparing" : "running"
}
