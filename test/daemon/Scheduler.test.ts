import { expect } from "bun:test"
import { Queue } from "@kugetsu/core/Queue"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

for (const [minutes, looks] of [
  [5, 2],
  [2, 6],
  [0.05, 280],
] as const) {
  effectTest(`with an interval of ${minutes} min the daemon looks anew ${looks} times in 14 min`, () =>
    Effect.gen(function* () {
      let anew = 0
      const counted = Layer.effect(
        Queue,
        Effect.map(Queue, (queue) => ({
          ...queue,
          reread: Effect.andThen(
            Effect.sync(() => anew++),
            queue.reread,
          ),
        })),
      )
      const home = daemonHome(yield* temporaryDirectory, undefined, { QUEUE_DAEMON_INTERVAL_MINUTES: String(minutes) })
      yield* Effect.gen(function* () {
        yield* Effect.forkScoped(schedule())
        yield* TestClock.adjust("14 minutes")
        // a look may come late by the time between two of them
        expect(anew).toBeWithin(Math.ceil(looks * 0.95), looks + 1)
      }).pipe(Effect.scoped, Effect.provide([counted.pipe(Layer.provideMerge(home)), TestClock.layer()]))
    }),
  )
}
