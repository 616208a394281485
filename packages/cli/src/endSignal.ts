import { Deferred, Effect, type Scope } from "effect"

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const
type EndSignal = (typeof signals)[number]

/** The exit code of a process that the signal ended, as shells tell it. */
export const signalCode = (signal: EndSignal): number => 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]

/** Gives what waits for the first signal that would end this process; during the scope such signals end nothing. */
export const endSignal: Effect.Effect<{ readonly first: Effect.Effect<EndSignal> }, never, Scope.Scope> = Effect.gen(
  function* () {
    const first = yield* Deferred.make<EndSignal>()
    yield* Effect.forEach(signals, (signal) => whileOpen(signal, first))
    return { first: Deferred.await(first) }
  },
)

const whileOpen = (signal: EndSignal, first: Deferred.Deferred<EndSignal>) => {
  const end = () => Deferred.doneUnsafe(first, Effect.succeed(signal))
  return Effect.acquireRelease(
    Effect.sync(() => process.on(signal, end)),
    () => Effect.sync(() => process.off(signal, end)),
  )
}
