import { Queue } from "@kugetsu/core/Queue"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const resume = Command.make("resume", {}, () =>
  Effect.gen(function* () {
    yield* (yield* Queue).resume
    yield* (yield* Json) ? printJson({ paused: false, since: null }) : print("the queue goes on")
  }),
).pipe(
  Command.withDescription("Ends a pause of the queue."),
  Command.withExamples([{ command: "kugetsu queue resume" }]),
)
