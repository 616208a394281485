import { removeServer } from "@kugetsu/core/servers/removeServer"
import { Servers } from "@kugetsu/core/Servers"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { printJson, tell } from "../../terminal.ts"
import { name } from "./name.ts"

export const remove = Command.make("remove", { name }, ({ name }) =>
  Effect.gen(function* () {
    const { isNamedStill, removed, wasDefault } = yield* removeServer(name)
    if (yield* Json) yield* printJson({ removed, was_default: wasDefault })
    if (isNamedStill) yield* tell(`DEFAULT_GIT_SERVER still names ${removed}: correct that, or remove it.`)
    else if (wasDefault) yield* tell(`It was the default; that is ${(yield* (yield* Servers).preferred).url} now.`)
  }),
).pipe(
  Command.withDescription("Removes a server. What is there of its issues stays."),
  Command.withExamples([{ command: "kugetsu server remove work" }]),
)
