import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { DateTime, Effect } from "effect"
import { Command } from "effect/cli"
import { Json, toggle } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

const all = toggle("all", "Also those that ended just now")

export const clear = Command.make("clear", { all }, ({ all }) =>
  Effect.gen(function* () {
    const { queueCleanupAgeMs } = yield* (yield* Settings).load
    const keptMs = all ? 0 : queueCleanupAgeMs
    const cleared = yield* (yield* Queue).clear(DateTime.subtract(yield* DateTime.now, { milliseconds: keptMs }))
    const ids = cleared.map(({ id }) => id)
    yield* (yield* Json) ? printJson({ cleared: ids.length, items: ids }) : print(`cleared ${ids.length}`)
  }),
).pipe(
  Command.withDescription(
    "Forgets items that ended, well or in error, longer ago than QUEUE_CLEANUP_AGE_DAYS. What waits or runs stays.",
  ),
  Command.withExamples([
    { command: "kugetsu queue clear" },
    { command: "kugetsu queue clear --all", description: "All that have ended" },
  ]),
)
