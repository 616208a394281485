import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { Cause, Effect } from "effect"
import { followUpPullRequests, type SettledRuns } from "./followUpPullRequests.ts"
import { Pace } from "./Pace.ts"
import { pollRound } from "./pollRound.ts"
import { tellOfRemovals } from "./tidyAway.ts"
import { tellTrouble } from "./trouble.ts"

/**
 * What the daemon asks of forges, round after round, beside its ticks: a forge that does not answer keeps no task from
 * being started. `inForce` gives the settings that the daemon goes by.
 */
export const forgeRounds = Effect.fn("forgeRounds")(function* (inForce: Effect.Effect<SettingsSnapshot | null>) {
  const settled: SettledRuns = new Set()
  const { forgeRoundMs, pollRoundMs } = yield* Pace
  const told = new Set<string>()
  const tidying = Effect.flatMap(inForce, (settings) => (settings === null ? Effect.void : pollRound(settings)))
  yield* Effect.all(
    [
      rounds("pull requests of runs", followUpPullRequests(settled), forgeRoundMs),
      rounds("worktrees to put away", tidying, pollRoundMs),
      rounds("news of worktrees that were put away", tellOfRemovals(told), pollRoundMs),
    ],
    { concurrency: "unbounded", discard: true },
  )
})

const rounds = <E, R>(what: string, round: Effect.Effect<void, E, R>, pauseMs: number) =>
  Effect.forever(Effect.andThen(surviving(what, round), Effect.sleep(pauseMs)))

const surviving = <A, E, R>(what: string, body: Effect.Effect<A, E, R>) =>
  Effect.catchCause(body, (cause) => tellTrouble(what, `${what}: a round failed: ${Cause.pretty(cause)}`))
