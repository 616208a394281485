import { Effect, Queue, type Scope } from "effect"
import { sameKeyPressMs } from "./runProgram.ts"

/** Each Ctrl-C during the scope, once, instead of the interruption of the program. */
export const keyPresses: Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope> = Effect.gen(function* () {
  const presses = yield* Queue.unbounded<void>()
  let last = -Infinity
  const onInterrupt = () => {
    const now = performance.now()
    if (now - last > sameKeyPressMs) Queue.offerUnsafe(presses, undefined)
    last = now
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("SIGINT", onInterrupt)),
    () => Effect.sync(() => process.off("SIGINT", onInterrupt)),
  )
  return presses
})
