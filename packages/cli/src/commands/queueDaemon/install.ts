import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { installService } from "@kugetsu/daemon/systemd/installService"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { harmless } from "../../display.ts"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const install = Command.make("install", {}, () =>
  Effect.gen(function* () {
    const { linger, missing, path, unit } = yield* installService
    const isRunning = Option.isSome(yield* findDaemon)
    const next = `kugetsu queue-daemon ${isRunning ? "restart" : "start"}`
    if (yield* Json) {
      const lingers = linger._tag === "Lingers"
      return yield* printJson({ unit, path, missing, lingers, linger_command: lingers ? null : linger.command, next })
    }
    yield* print(
      [
        `installed  ${harmless(unit)}`,
        `PATH       ${harmless(path)}`,
        ...missing.map((program) => `missing    ${harmless(program)} is not on that PATH: install again once it is`),
        ...(linger._tag === "Lingers"
          ? ["linger     on: it starts with the machine, and goes on when you log out"]
          : [
              `linger     off, and could not be set${linger.reason === "" ? "" : ` (${harmless(linger.reason)})`}: when you log out daemon and agents end`,
              `           to keep them: ${linger.command}`,
            ]),
        `next       ${next}`,
      ].join("\n"),
    )
  }),
).pipe(
  Command.withDescription(
    "Makes the daemon a service of your systemd: writes and enables its unit, with the PATH of this moment. start, stop, restart and status then go through systemd, and each agent has a scope with the limits of the config. Again after PATH has changed.",
  ),
  Command.withExamples([{ command: "kugetsu queue-daemon install" }]),
)
