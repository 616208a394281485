import { Command } from "effect/cli"
import { cancel } from "./queue/cancel.ts"
import { clear } from "./queue/clear.ts"
import { enqueue } from "./queue/enqueue.ts"
import { list } from "./queue/list.ts"
import { pause } from "./queue/pause.ts"
import { resume } from "./queue/resume.ts"
import { retry } from "./queue/retry.ts"
import { stats } from "./queue/stats.ts"

export const queue = Command.make("queue").pipe(
  Command.withDescription("The tasks that wait for an agent, and what came of those that had one."),
  Command.withSubcommands([list, stats, enqueue, cancel, retry, pause, resume, clear]),
)
