import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { readHidden } from "../../hiddenInput.ts"
import { readInput } from "../../message.ts"
import { printJson, stdinIsTerminal } from "../../terminal.ts"
import { agent, key } from "./variable.ts"

const value = Argument.String("value").pipe(
  Argument.withDescription(
    "`-` reads it from standard input, or asks for it on a terminal, so that it stays out of the shell's history",
  ),
)

export const set = Command.make("set", { key, value, agent }, ({ key, value, agent }) =>
  Effect.gen(function* () {
    const text = value === "-" ? (yield* readValue(key)).replace(/\r?\n$/, "") : value
    yield* (yield* EnvFiles).set(agent, key, text)
    if (yield* Json) yield* printJson({ agent, key })
  }),
).pipe(
  Command.withDescription("Sets a variable for agents."),
  Command.withExamples([
    { command: "kugetsu env set GITHUB_TOKEN -", description: "Asks for the value, and shows nothing of it" },
    { command: "kugetsu env set GITHUB_TOKEN - < token.txt" },
    { command: "kugetsu env set ANTHROPIC_API_KEY - dev", description: "For the agents on issues only" },
  ]),
)

const readValue = Effect.fnUntraced(function* (key: string) {
  return yield* (yield* stdinIsTerminal) ? readHidden(`${key} (it is not shown; Enter ends it): `) : readInput
})
