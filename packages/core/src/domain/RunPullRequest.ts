import { Schema } from "effect"
import { PullRequest } from "./PullRequest.ts"

/** In `exit.json`: what is to be seen to about the run's pull request after its outcome. */
export const PullRequestDue = Schema.Struct({
  /** Whether to open one where there is none, and how; `never`: it is only looked for. */
  open: Schema.Literals(["never", "ready", "draft"]),
  branch: Schema.String,
  /** The branch it asks to be merged into. */
  base: Schema.String,
})
export type PullRequestDue = typeof PullRequestDue.Type

/**
 * `pull-request.json`: what came of it. `found`: the branch has one; `opened`: by kugetsu; `none`: there is none, and
 * none is to be opened; `refused`: the forge will not; `unknown`: the forge could not be asked; `waits`: the task is not
 * over yet.
 */
export const RunPullRequest = Schema.Struct({
  version: Schema.Literal(1),
  state: Schema.Literals(["found", "opened", "none", "refused", "unknown", "waits"]),
  pull_request: Schema.NullOr(PullRequest),
  /** For people: why there is none, with what to do; of one that is found, why there is no other. */
  reason: Schema.NullOr(Schema.String),
  /** How often the forge was asked in vain. */
  attempts: Schema.Int,
  /** It is tried again, not before then (ISO 8601); null: this is the last word. */
  again_at: Schema.NullOr(Schema.String),
  at: Schema.String,
})
export type RunPullRequest = typeof RunPullRequest.Type

/** Between two tries, in milliseconds: five in all after the first. */
const pauses = [60_000, 300_000, 1_200_000, 3_600_000, 14_400_000]

/** The longest that a forge's word is taken for, in milliseconds. */
const longestUntil = 24 * 3_600_000

/**
 * When the forge is asked again after so many vain tries; `until`: not before the forge's own word, within a day. null:
 * not at all.
 */
export const nextTry = (attempts: number, now: number, until: number | null): number | null => {
  const pause = pauses[attempts - 1]
  return pause === undefined ? null : Math.max(now + pause, Math.min(until ?? 0, now + longestUntil))
}

/** Whether there is something left to do now. */
export const isDue = (known: RunPullRequest | null, now: number): boolean =>
  known === null || (known.again_at !== null && Date.parse(known.again_at) <= now)

/** Whether all was said about it. */
export const isSettled = (due: PullRequestDue | null, known: RunPullRequest | null): boolean =>
  due === null || (known !== null && known.again_at === null)
