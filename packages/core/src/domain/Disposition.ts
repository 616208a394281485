import { DateTime, Option } from "effect"
import type { RunExit } from "./Run.ts"

/** What the outcome of a run does to the item it was for. */
export type Disposition =
  | { readonly _tag: "Completed" }
  | { readonly _tag: "Error"; readonly reason: string }
  | {
      readonly _tag: "Again"
      readonly reason: string
      readonly notBefore: DateTime.Utc | null
      readonly costsAttempt: boolean
    }

/** Durations in milliseconds. */
export interface RetryPolicy {
  /** In all, the first one included. */
  readonly attempts: number
  /** Between the first attempt and the second; then it doubles. */
  readonly pauseMs: number
  readonly longestPauseMs: number
  /** After an attempt that is free: an item that is interrupted again and again must not be a busy loop. */
  readonly freePauseMs: number
  /** A run whose supervisor does not come up so often in a row never will; the pause doubles from one to the next. */
  readonly launches: number
  /** After a quota of which nobody said how long it lasts. */
  readonly quotaPauseMs: number
  /** However long a provider says: its plans change, and so do the people who pay it. */
  readonly longestQuotaPauseMs: number
}

export const retryPolicy: RetryPolicy = {
  attempts: 3,
  pauseMs: 15_000,
  longestPauseMs: 600_000,
  freePauseMs: 1000,
  launches: 5,
  quotaPauseMs: 600_000,
  longestQuotaPauseMs: 86_400_000,
}

export interface DispositionContext {
  /** Of the item: ended attempts that count, the one that just ended not included. */
  readonly attempts: number
  /** How many runs in a row, the one that just ended included, were interrupted before an agent was started. */
  readonly launches?: number
  readonly now: DateTime.Utc
  /** From 0 to below 1. */
  readonly random: number
  readonly policy?: RetryPolicy
}

type Ended = Pick<RunExit, "outcome" | "evidence" | "interrupted" | "not_before">

/** The table of outcomes in docs/formats.md, row by row. */
export const dispose = (exit: Ended, context: DispositionContext): Disposition => {
  const policy = context.policy ?? retryPolicy
  const reason = exit.evidence[0] ?? exit.outcome
  switch (exit.outcome) {
    case "pr_opened":
    case "pr_updated":
    case "committed":
    case "no_change":
    case "needs_input":
      return { _tag: "Completed" }
    case "failed":
      return backedOff(reason, context, policy)
    case "lost":
      return exit.interrupted ? launchedAgain(reason, context, policy) : backedOff(reason, context, policy)
    case "timed_out":
    case "idle_timed_out":
      return { _tag: "Error", reason }
    case "stopped":
      return { _tag: "Error", reason: "stopped" }
    case "quota_wait":
      return again(reason, quotaPauseMs(exit.not_before, context, policy), context, false)
  }
}

const backedOff = (reason: string, context: DispositionContext, policy: RetryPolicy): Disposition => {
  if (context.attempts + 1 >= policy.attempts) return { _tag: "Error", reason }
  const pauseMs = Math.min(policy.pauseMs * 2 ** context.attempts, policy.longestPauseMs)
  return again(reason, jittered(pauseMs, context), context, true)
}

const launchedAgain = (reason: string, context: DispositionContext, policy: RetryPolicy): Disposition => {
  const { launches = 0 } = context
  if (launches >= policy.launches) {
    return { _tag: "Error", reason: `its supervisor did not come up ${launches} times; ${reason}` }
  }
  const pauseMs = Math.min(policy.freePauseMs * 2 ** Math.max(0, launches - 1), policy.longestPauseMs)
  return again(reason, jittered(pauseMs, context), context, false)
}

const again = (reason: string, pauseMs: number, { now }: DispositionContext, costsAttempt: boolean): Disposition => ({
  _tag: "Again",
  reason,
  notBefore: DateTime.add(now, { milliseconds: Math.round(pauseMs) }),
  costsAttempt,
})

/** From half to one and a half of it, so that what failed together does not come back together. */
const jittered = (ms: number, { random }: DispositionContext): number => ms * (0.5 + random)

const quotaPauseMs = (notBefore: string | null, context: DispositionContext, policy: RetryPolicy): number =>
  Option.match(DateTime.make(notBefore ?? ""), {
    onNone: () => policy.quotaPauseMs,
    onSome: (at) => {
      const wait = DateTime.toEpochMillis(at) - DateTime.toEpochMillis(context.now)
      return Math.min(Math.max(wait, jittered(policy.freePauseMs, context)), policy.longestQuotaPauseMs)
    },
  })

/** When a provider may be asked again that said how many seconds its quota lasts, or did not (null). */
export const quotaOver = (now: DateTime.Utc, retryAfterS: number | null, policy = retryPolicy): DateTime.Utc => {
  const ms = retryAfterS === null ? policy.quotaPauseMs : Math.max(0, retryAfterS * 1000)
  return DateTime.add(now, { milliseconds: Math.round(Math.min(ms, policy.longestQuotaPauseMs)) })
}
