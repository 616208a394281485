import { ExitCode } from "@kugetsu/core/domain/Failure"
import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../../Answered.ts"
import { answerDaemon, daemonJson } from "../../daemonText.ts"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const status = Command.make("status", {}, () =>
  Effect.gen(function* () {
    const daemon = yield* findDaemon
    if (Option.isSome(daemon)) return yield* answerDaemon(daemon.value)
    yield* (yield* Json) ? printJson(daemonJson(daemon)) : print("not running")
    return yield* endWith(ExitCode.unavailable)
  }),
).pipe(
  Command.withDescription("Says whether the daemon runs, with its pid and version; ends with 0 only when it does."),
  Command.withExamples([{ command: "kugetsu queue-daemon status --json" }]),
)
