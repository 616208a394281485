import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { printJson } from "../../terminal.ts"
import { agent, key, VariableMissing } from "./variable.ts"

export const remove = Command.make("rm", { key, agent }, ({ key, agent }) =>
  Effect.gen(function* () {
    if (!(yield* (yield* EnvFiles).remove(agent, key))) return yield* new VariableMissing({ key, agent })
    if (yield* Json) yield* printJson({ agent, key })
  }),
).pipe(
  Command.withDescription("Removes a variable."),
  Command.withExamples([{ command: "kugetsu env rm GITHUB_TOKEN" }]),
)
