import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Settings } from "@kugetsu/core/Settings"
import * as DaemonLog from "@kugetsu/daemon/DaemonLog"
import { requireOutsideRun } from "@kugetsu/daemon/DaemonInsideRun"
import { runDaemon } from "@kugetsu/daemon/runDaemon"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../../Answered.ts"
import { toggle } from "../../flags.ts"
import { endSignal } from "../../endSignal.ts"
import { version } from "../../version.ts"

const quiet = toggle("quiet", "Tell the log alone, and standard error nothing")

export const run = Command.make("run", { quiet }, ({ quiet }) =>
  Effect.gen(function* () {
    yield* requireOutsideRun
    // refused at the start; later on the last good one stays in force
    yield* (yield* Settings).load
    const signal = yield* Effect.raceFirst(runDaemon(version), (yield* endSignal).first)
    if (signal === "SIGINT") return yield* endWith(ExitCode.interrupted)
  }).pipe(Effect.scoped, Effect.provide(DaemonLog.layer({ quiet }))),
).pipe(
  Command.withDescription(
    "Serves the queue until it is ended by SIGTERM (exit 0) or Ctrl-C: for systemd, and for a look. Agents go on when it ends, and the next daemon takes over where it was.",
  ),
  Command.withExamples([{ command: "kugetsu queue-daemon run" }]),
)
