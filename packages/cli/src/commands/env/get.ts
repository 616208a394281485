import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { printRaw } from "../../terminal.ts"
import { agent, key, VariableMissing } from "./variable.ts"

export const get = Command.make("get", { key, agent }, ({ key, agent }) =>
  Effect.gen(function* () {
    const value = (yield* (yield* EnvFiles).read(agent)).get(key)
    if (value === undefined) return yield* new VariableMissing({ key, agent })
    yield* printRaw(`${(yield* Json) ? JSON.stringify({ agent, key, value }, null, 2) : value}\n`)
  }),
).pipe(
  Command.withDescription("Prints the value of a variable, unmasked."),
  Command.withExamples([{ command: "kugetsu env get GITHUB_TOKEN" }]),
)
