import { Command } from "effect/cli"
import { clear } from "./notify/clear.ts"
import { list } from "./notify/list.ts"

export const notify = Command.make("notify").pipe(
  Command.withDescription(
    "What happened while nobody looked: tasks begun, ended and failed, and trouble of the queue.",
  ),
  Command.withSubcommands([list, clear]),
)
