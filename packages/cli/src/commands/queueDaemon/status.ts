import { ExitCode } from "@kugetsu/core/domain/Failure"
import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { findService } from "@kugetsu/daemon/systemd/findService"
import { isServiceDaemon, JOURNAL } from "@kugetsu/daemon/systemd/serviceControl"
import { Clock, Effect, Option } from "effect"
import { Command } from "effect/cli"
import { endWith } from "../../Answered.ts"
import { daemonJson, daemonText } from "../../daemonText.ts"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const status = Command.make("status", {}, () =>
  Effect.gen(function* () {
    const daemon = yield* findDaemon
    const service = Option.getOrNull(yield* findService)
    const isOfService = Option.isSome(daemon) && isServiceDaemon(daemon.value)
    if (yield* Json) yield* printJson({ ...daemonJson(daemon), service, of_service: isOfService })
    else {
      yield* print(daemonText(daemon, yield* Clock.currentTimeMillis))
      if (service !== null && (isOfService || Option.isNone(daemon))) yield* print(`systemd  ${service}; ${JOURNAL}`)
      else if (service !== null) {
        yield* print(`systemd  ${service} is not what runs; take it with: kugetsu queue-daemon restart`)
      }
    }
    if (Option.isNone(daemon)) return yield* endWith(ExitCode.unavailable)
  }),
).pipe(
  Command.withDescription(
    "Says whether the daemon runs, with its pid and version, and whether systemd runs it; ends with 0 only when it does.",
  ),
  Command.withExamples([{ command: "kugetsu queue-daemon status --json" }]),
)
