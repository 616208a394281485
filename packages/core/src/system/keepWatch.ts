import { Effect, type Scope } from "effect"
import { directoryIdentity } from "./directoryIdentity.ts"
import type { HomeUnusable } from "./Files.ts"
import { type Watched, watchDirectories } from "./Watch.ts"

/** So often it is seen to that the directories are still the same ones; nobody is told of a look. */
const LOOK_MS = 5000
const FIRST_RETRY_MS = 50

export interface KeptWatch {
  readonly watched: ReadonlyArray<Watched>
  /** Makes the directories. */
  readonly ensure: Effect.Effect<void, HomeUnusable>
  /** Something changed, or may have while nobody watched. */
  readonly changed: Effect.Effect<unknown>
}

/**
 * Watches for ever, also directories that are deleted and made anew: a watch of one that was replaced is dead without an
 * error, and is set up again. While that fails it is told, once, and tried again and again.
 */
export const keepWatch = (kept: KeptWatch): Effect.Effect<never> =>
  Effect.suspend(() => {
    let retryMs = FIRST_RETRY_MS
    let told = ""
    const stands = Effect.sync(() => {
      retryMs = FIRST_RETRY_MS
      told = ""
    })
    const failed = Effect.fnUntraced(function* ({ message }: HomeUnusable) {
      if (message !== told) yield* Effect.logWarning(`${message}; what changes there is seen late`)
      told = message
      yield* Effect.sleep(retryMs)
      retryMs = Math.min(LOOK_MS, 2 * retryMs)
    })
    return Effect.scoped(watchUntilReplaced(kept, stands)).pipe(Effect.catch(failed), Effect.forever)
  })

const watchUntilReplaced = Effect.fnUntraced(function* (
  { changed, ensure, watched }: KeptWatch,
  stands: Effect.Effect<void>,
): Effect.fn.Return<void, HomeUnusable, Scope.Scope> {
  yield* ensure
  const identities = Effect.map(
    Effect.forEach(watched, ({ dir }) => directoryIdentity(dir)),
    String,
  )
  const before = yield* identities
  const nextChange = yield* watchDirectories(watched)
  yield* stands
  yield* changed
  while ((yield* identities) === before) if (yield* nextChange(LOOK_MS)) yield* changed
})
