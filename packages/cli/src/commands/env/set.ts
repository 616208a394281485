import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { readInput } from "../../message.ts"
import { agent, key } from "./variable.ts"

const value = Argument.String("value").pipe(
  Argument.withDescription("`-` reads it from standard input, so that it stays out of the shell's history"),
)

export const set = Command.make("set", { key, value, agent }, ({ key, value, agent }) =>
  Effect.gen(function* () {
    const text = value === "-" ? (yield* readInput).replace(/\r?\n$/, "") : value
    yield* (yield* EnvFiles).set(agent, key, text)
  }),
).pipe(
  Command.withDescription("Sets a variable for agents."),
  Command.withExamples([
    { command: "kugetsu env set GITHUB_TOKEN - < token.txt" },
    { command: "kugetsu env set ANTHROPIC_API_KEY - dev", description: "For the agents on issues only" },
  ]),
)
