import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"
import { agent, key, VariableMissing } from "./variable.ts"

export const get = Command.make("get", { key, agent }, ({ key, agent }) =>
  Effect.gen(function* () {
    const value = (yield* (yield* EnvFiles).read(agent)).get(key)
    if (value === undefined) return yield* new VariableMissing({ key, agent })
    yield* (yield* Json) ? printJson({ agent, key, value }) : print(value)
  }),
).pipe(
  Command.withDescription("Prints the value of a variable, unmasked."),
  Command.withExamples([{ command: "kugetsu env get GITHUB_TOKEN" }]),
)
