import { type RetryPolicy, retryPolicy } from "@kugetsu/core/domain/Disposition"
import { type PollPace, pollPace } from "@kugetsu/core/domain/pollAnswer"
import { Context } from "effect"

/** How fast the daemon and its supervisors go. Milliseconds. */
export interface DaemonPace {
  /** Between two starts: opencode's start is CPU-bound (2.7 CPU-seconds). */
  readonly startGapMs: number
  /** A supervisor that gives no sign of life for so long, in the daemon's own time, is hung. */
  readonly silenceLimitMs: number
  /** How much longer than its total time a run may take, for its end and its records, before its supervisor is ended. */
  readonly overtimeMs: number
  /** For clone, worktree and session: a first clone of a large repository, or waiting for another issue's, takes its time. */
  readonly preparationLimitMs: number
  /** For all that is asked of forges during preparation together; it then goes on as where no forge answers. */
  readonly preparationForgeMs: number
  /** What keeps one issue from being started may be there for long, and must not keep the others waiting: so long it is let alone. */
  readonly asideMs: number
  /** Between two rounds of the forges. */
  readonly forgeRoundMs: number
  /** Between two rounds of asking for pull requests. */
  readonly pollRoundMs: number
  readonly poll: PollPace
  readonly retry: RetryPolicy
}

/** A reference, so that the fault suite does not have to wait for pauses made for people and providers. */
export const Pace = Context.Reference<DaemonPace>("@kugetsu/daemon/Pace", {
  defaultValue: () => ({
    startGapMs: 700,
    silenceLimitMs: 60_000,
    asideMs: 30_000,
    overtimeMs: 10 * 60_000,
    preparationLimitMs: 45 * 60_000,
    preparationForgeMs: 30_000,
    forgeRoundMs: 5000,
    pollRoundMs: 30_000,
    poll: pollPace,
    retry: retryPolicy,
  }),
})
