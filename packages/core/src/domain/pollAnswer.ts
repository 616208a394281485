import { DateTime } from "effect"
import type { Poll, Polls } from "./Polls.ts"
import type { PullRequest } from "./PullRequest.ts"
import { timestamp } from "./Timestamp.ts"

/** Durations in milliseconds. */
export interface PollPace {
  /** After a run, and after a change. */
  readonly firstMs: number
  /** While nothing changes the pause doubles up to this. */
  readonly longestMs: number
  /** After errors it doubles up to this. */
  readonly longestAfterErrorsMs: number
  /** A host that does not say how long it wants to be let alone. */
  readonly restMs: number
  /** The longest that a host's word is taken for. */
  readonly longestRestMs: number
  /** After the first refusal; doubles up to a day. */
  readonly refusalMs: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const pollPace: PollPace = {
  firstMs: 2 * MINUTE,
  longestMs: HOUR,
  longestAfterErrorsMs: 4 * HOUR,
  restMs: 10 * MINUTE,
  longestRestMs: 24 * HOUR,
  refusalMs: HOUR,
}

/** Nothing is known yet. */
export const newPoll = (run: string | null, prUrl: string | null, now: number, { firstMs }: PollPace): Poll => ({
  run,
  pr_url: prUrl,
  state: null,
  number: null,
  ended_at: null,
  pause_ms: firstMs,
  next_at: iso(now + firstMs),
  failures: 0,
  refusals: 0,
  remove_after: null,
})

/** What the forge said, whole and exactly; null: there is none. */
export const afterAnswer = (poll: Poll, found: PullRequest | null, now: number, pace: PollPace): Poll => {
  const state = found?.state ?? "none"
  const number = found?.number ?? null
  const same = state === poll.state && number === poll.number
  const pause = same ? Math.min(poll.pause_ms * 2, pace.longestMs) : pace.firstMs
  const ended = state === "merged" || state === "closed"
  return {
    ...poll,
    state,
    number,
    // closed and then merged is one end
    ended_at: ended ? ((number === poll.number ? poll.ended_at : null) ?? iso(now)) : null,
    pause_ms: pause,
    next_at: iso(now + pause),
    failures: 0,
    ...(same ? {} : { refusals: 0, remove_after: null }),
  }
}

export const afterFailure = (poll: Poll, now: number, pace: PollPace): Poll => {
  const failures = poll.failures + 1
  const pause = Math.min(pace.firstMs * 2 ** Math.min(failures, 30), pace.longestAfterErrorsMs)
  return { ...poll, failures, next_at: iso(now + pause) }
}

/** The forge wants to be let alone until then (milliseconds since 1970; null: it did not say). */
export const withRest = (polls: Polls, host: string, until: number | null, now: number, pace: PollPace): Polls => ({
  ...polls,
  hosts: {
    ...polls.hosts,
    [host]: iso(Math.min(Math.max(until ?? now + pace.restMs, now), now + pace.longestRestMs)),
  },
})

/** The worktree had to stay. */
export const afterRefusal = (poll: Poll, now: number, pace: PollPace): Poll => ({
  ...poll,
  refusals: poll.refusals + 1,
  remove_after: iso(now + Math.min(pace.refusalMs * 2 ** Math.min(poll.refusals, 30), 24 * HOUR)),
})

/** It could not be looked at just now: that is no refusal. */
export const afterDelay = (poll: Poll, now: number, pace: PollPace): Poll => ({
  ...poll,
  remove_after: iso(now + pace.firstMs),
})

/** It is worked on again. */
export const afterReopening = (poll: Poll, now: number, pace: PollPace): Poll => ({
  ...poll,
  state: null,
  ended_at: null,
  pause_ms: pace.firstMs,
  next_at: iso(now + pace.firstMs),
})

const iso = (ms: number): string => timestamp(DateTime.makeUnsafe(ms))
