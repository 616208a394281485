import { touch } from "@kugetsu/core/system/Files"
import { Effect } from "effect"

const EVERY_MS = 5000

/** Signs of life, given by whoever does the work at the time. */
export interface SignsOfLife {
  /**
   * While the body runs it must give the signs itself, by calling `alive` at each of its rounds, as often as it likes:
   * a loop that hangs then looks as dead as it is.
   */
  readonly givenBy: <A, E, R>(body: (alive: Effect.Effect<void>) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** Gives signs of life for the scope: a supervisor that gives none any more is hung, and the daemon ends it. */
export const signsOfLife = Effect.fnUntraced(function* (file: string, everyMs = EVERY_MS) {
  const sign = Effect.ignore(touch(file))
  let left = false
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Effect.suspend(() => (left ? Effect.void : sign)),
        Effect.sleep(everyMs),
      ),
    ),
  )
  let given = Number.NEGATIVE_INFINITY
  const alive = Effect.suspend(() => {
    const now = performance.now()
    if (now - given < everyMs) return Effect.void
    given = now
    return sign
  })
  return {
    givenBy: (body) =>
      Effect.suspend(() => {
        left = true
        return Effect.ensuring(
          body(alive),
          Effect.sync(() => {
            left = false
          }),
        )
      }),
  } satisfies SignsOfLife
})
