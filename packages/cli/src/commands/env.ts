import { Command } from "effect/cli"
import { get } from "./env/get.ts"
import { list } from "./env/list.ts"
import { remove } from "./env/remove.ts"
import { set } from "./env/set.ts"
import { show } from "./env/show.ts"

export const env = Command.make("env").pipe(
  Command.withDescription(
    "Sets and shows the variables that agents get. default serves every agent; an agent's own file goes before it.",
  ),
  Command.withSubcommands([set, get, show, list, remove]),
)
