import { Notifications } from "@kugetsu/core/Notifications"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"

export const clear = Command.make("clear", {}, () =>
  Effect.gen(function* () {
    const read = yield* (yield* Notifications).markRead
    yield* (yield* Json) ? printJson({ cleared: read }) : print(`marked ${read} as read`)
  }),
).pipe(
  Command.withDescription("Marks all notifications as read. They are kept; `notify list --all` shows them."),
  Command.withExamples([{ command: "kugetsu notify clear" }]),
)
