import { Queue } from "@kugetsu/core/Queue"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { printTable } from "../../printTable.ts"
import { printJson } from "../../terminal.ts"
import { tellQueueTroubles } from "../../queueTroubles.ts"

export const stats = Command.make("stats", {}, () =>
  Effect.gen(function* () {
    const stats = yield* (yield* Queue).stats
    const rows = Object.entries(stats).map(([name, count]) => [name, String(count)])
    yield* (yield* Json) ? printJson(stats) : printTable(["STATE", "ITEMS"], rows)
    yield* tellQueueTroubles
  }),
).pipe(
  Command.withDescription(
    "Counts the items by state; bad are the records that cannot be understood and were put aside.",
  ),
  Command.withExamples([{ command: "kugetsu queue stats --json | jq .pending" }]),
)
