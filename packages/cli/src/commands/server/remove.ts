import { removeServer } from "@kugetsu/core/servers/removeServer"
import { Servers } from "@kugetsu/core/Servers"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { tell } from "../../terminal.ts"
import { name } from "./name.ts"

export const remove = Command.make("remove", { name }, ({ name }) =>
  Effect.gen(function* () {
    if (!(yield* removeServer(name)).wasDefault) return
    yield* tell(`It was the default; that is ${(yield* (yield* Servers).preferred).url} now.`)
  }),
).pipe(
  Command.withDescription("Removes a server. What is there of its issues stays."),
  Command.withExamples([{ command: "kugetsu server remove work" }]),
)
