import { Queue } from "@kugetsu/core/Queue"
import { Effect, Option } from "effect"
import { harmless } from "./display.ts"
import { paintErrors, tell } from "./terminal.ts"

/** What a look at items does not show: a pause, and records that were put aside because they cannot be understood. */
export const tellQueueTroubles = Effect.gen(function* () {
  const queue = yield* Queue
  const paint = yield* paintErrors
  const paused = yield* queue.paused
  if (Option.isSome(paused)) {
    yield* tell(`${paint("yellow", "paused")} since ${paused.value}; kugetsu queue resume ends it`)
  }
  for (const { place, reason } of yield* queue.quarantined) {
    yield* tell(`${paint("red", "put aside")} ${harmless(place)}: ${harmless(reason)}`)
  }
})
