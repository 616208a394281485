import { Effect } from "effect"
import { followUpPullRequests, type SettledRuns } from "./followUpPullRequests.ts"
import { Pace } from "./Pace.ts"
import { pollRound } from "./pollRound.ts"
import { tellOfRemovals } from "./tidyAway.ts"

/**
 * What the daemon asks of forges, round after round, beside its ticks: a forge that does not answer keeps no task from
 * being started.
 */
export const forgeRounds = Effect.gen(function* () {
  const settled: SettledRuns = new Set()
  const { forgeRoundMs, pollRoundMs } = yield* Pace
  const told = new Set<string>()
  const tidying = Effect.andThen(tellOfRemovals(told), pollRound())
  yield* Effect.all([rounds(followUpPullRequests(settled), forgeRoundMs), rounds(tidying, pollRoundMs)], {
    concurrency: 2,
    discard: true,
  })
}).pipe(Effect.withSpan("forgeRounds"))

const rounds = <E, R>(round: Effect.Effect<void, E, R>, pauseMs: number) =>
  Effect.forever(Effect.andThen(surviving(round), Effect.sleep(pauseMs)))

const surviving = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.catchCause(body, (cause) => Effect.logError("a round of the forges failed", cause))
