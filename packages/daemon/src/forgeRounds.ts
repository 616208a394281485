import { Effect } from "effect"
import { followUpPullRequests, type SettledRuns } from "./followUpPullRequests.ts"
import { Pace } from "./Pace.ts"

/**
 * What the daemon asks of forges, round after round, beside its ticks: a forge that does not answer keeps no task from
 * being started.
 */
export const forgeRounds = Effect.gen(function* () {
  const settled: SettledRuns = new Set()
  const { forgeRoundMs } = yield* Pace
  for (;;) {
    yield* surviving(followUpPullRequests(settled))
    yield* Effect.sleep(forgeRoundMs)
  }
}).pipe(Effect.withSpan("forgeRounds"))

const surviving = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.catchCause(body, (cause) => Effect.logError("a round of the forges failed", cause))
