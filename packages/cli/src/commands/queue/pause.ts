import { Queue } from "@kugetsu/core/Queue"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const pause = Command.make("pause", {}, () =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* queue.pause
    const since = Option.getOrNull(yield* queue.paused)
    yield* (yield* Json)
      ? printJson({ paused: true, since })
      : print("paused: what runs goes on, nothing more is started")
  }),
).pipe(
  Command.withDescription(
    "Starts nothing more from the queue until `queue resume`, also after a restart. What runs goes on.",
  ),
  Command.withExamples([{ command: "kugetsu queue pause" }]),
)
