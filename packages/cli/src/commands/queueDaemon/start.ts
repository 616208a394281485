import { startDaemon } from "@kugetsu/daemon/DaemonControl"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answerDaemon } from "../../daemonText.ts"

export const start = Command.make("start", {}, () => Effect.flatMap(startDaemon, answerDaemon)).pipe(
  Command.withDescription("Starts the daemon in the background, and returns when it serves the queue."),
  Command.withExamples([{ command: "kugetsu queue-daemon start" }]),
)
