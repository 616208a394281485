import { restartDaemon } from "@kugetsu/daemon/DaemonControl"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answerDaemon } from "../../daemonText.ts"

export const restart = Command.make("restart", {}, () => Effect.flatMap(restartDaemon, answerDaemon)).pipe(
  Command.withDescription("Ends the daemon, if one runs, and starts it anew: after an update. Agents go on meanwhile."),
  Command.withExamples([{ command: "kugetsu queue-daemon restart" }]),
)
