import { Command } from "effect/cli"
import { check } from "./config/check.ts"
import { show } from "./config/show.ts"

export const config = Command.make("config").pipe(
  Command.withDescription("The settings: environment variables, else the file `config`, else the defaults."),
  Command.withSubcommands([show, check]),
)
