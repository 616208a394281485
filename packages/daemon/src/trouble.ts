import { Clock, Context, Effect } from "effect"

/** What was last said of each thing that is wrong, and when (monotonic milliseconds). */
type Told = Map<string, { readonly text: string; readonly at: number }>

/** A reference, so that outside of the daemon all is said. */
const Troubles = Context.Reference<Told | null>("@kugetsu/daemon/Troubles", { defaultValue: () => null })

/** What was not met for so long is news when it comes again. */
const AWAY_MS = 10 * 60_000

/**
 * Logs that something is wrong. What is met at every tick is said once, and again when its text changes; `about` tells
 * one trouble from another.
 */
export const tellTrouble = Effect.fn("tellTrouble")(function* (about: string, text: string) {
  const told = yield* Troubles
  if (told === null) return yield* Effect.logError(text)
  const now = Number(yield* Clock.monotonicTimeNanos) / 1e6
  for (const [other, { at }] of told) if (now - at > AWAY_MS) told.delete(other)
  const isNews = told.get(about)?.text !== text
  told.set(about, { text, at: now })
  if (isNews) yield* Effect.logError(text)
})

/** Within it a lasting trouble is said once. */
export const rememberingTroubles = <A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.provideService(body, Troubles, new Map()))

/** A part of a look that keeps nothing else from being done, and is tried again with the next look. */
export const attempted = <A, E extends { readonly message: string }, R>(about: string, part: Effect.Effect<A, E, R>) =>
  Effect.catch(part, ({ message }) => Effect.as(tellTrouble(about, `${about}: ${message}; it is tried again`), null))
