import { chooseServer } from "@kugetsu/core/servers/chooseServer"
import { Servers } from "@kugetsu/core/Servers"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson, tell } from "../../terminal.ts"
import { name } from "./name.ts"

export const defaultServer = Command.make("default", { name: Argument.optional(name) }, (given) =>
  Effect.gen(function* () {
    if (Option.isSome(given.name)) yield* choose(given.name.value)
    const { name, url } = yield* (yield* Servers).preferred
    yield* (yield* Json) ? printJson({ name, url }) : print(`${name}  ${url}`)
  }),
).pipe(
  Command.withDescription("Shows, or sets, the server that a ref without a host is on."),
  Command.withExamples([
    { command: "kugetsu server default" },
    { command: "kugetsu server default work", description: "From now on you/repo#14 is an issue of that server" },
  ]),
)

const choose = Effect.fnUntraced(function* (name: string) {
  const { outvotedBy } = yield* chooseServer(name)
  if (outvotedBy !== null) {
    yield* tell(`It is noted, and changes nothing while DEFAULT_GIT_SERVER is set to ${JSON.stringify(outvotedBy)}.`)
  }
})
