import { stopDaemon } from "@kugetsu/daemon/DaemonControl"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const stop = Command.make("stop", {}, () =>
  Effect.gen(function* () {
    const stopped = yield* stopDaemon
    const pid = Option.isSome(stopped) ? stopped.value.daemon.pid : null
    if (yield* Json) return yield* printJson({ stopped: pid !== null, pid })
    yield* print(pid === null ? "no daemon was running" : `ended (pid ${pid}); agents go on`)
  }),
).pipe(
  Command.withDescription("Ends the daemon and waits for its end. Agents go on, and the queue is kept."),
  Command.withExamples([{ command: "kugetsu queue-daemon stop" }]),
)
