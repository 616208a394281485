import { Effect } from "effect"
import type { Failure } from "../domain/Failure.ts"
import { type Fact, known, unknown } from "../domain/Removal.ts"

/** What was learnt; a failure on the way is a fact that is not known, and why. */
export const learn = <A, R>(effect: Effect.Effect<A, Failure, R>): Effect.Effect<Fact<A>, never, R> =>
  effect.pipe(
    Effect.map((value) => known(value)),
    Effect.catch(({ message, remedy }) => Effect.succeed<Fact<A>>(unknown(message, remedy))),
  )
