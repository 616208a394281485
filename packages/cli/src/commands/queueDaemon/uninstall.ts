import { uninstallService } from "@kugetsu/daemon/systemd/uninstallService"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const uninstall = Command.make("uninstall", {}, () =>
  Effect.gen(function* () {
    const removed = yield* uninstallService
    if (yield* Json) return yield* printJson({ removed })
    yield* print(removed ? "removed; agents go on, and the queue is kept" : "nothing was installed for this home")
  }),
).pipe(
  Command.withDescription(
    "Ends the service that install made and removes its unit. Agents go on, and whether your systemd lingers stays as it is.",
  ),
  Command.withExamples([{ command: "kugetsu queue-daemon uninstall" }]),
)
