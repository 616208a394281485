import { Command } from "effect/cli"
import { install } from "./queueDaemon/install.ts"
import { logs } from "./queueDaemon/logs.ts"
import { restart } from "./queueDaemon/restart.ts"
import { run } from "./queueDaemon/run.ts"
import { start } from "./queueDaemon/start.ts"
import { status } from "./queueDaemon/status.ts"
import { stop } from "./queueDaemon/stop.ts"
import { uninstall } from "./queueDaemon/uninstall.ts"

export const queueDaemon = Command.make("queue-daemon").pipe(
  Command.withDescription("The daemon that starts the queue's agents, as many at once as may run."),
  Command.withSubcommands([start, stop, restart, status, logs, run, install, uninstall]),
)
