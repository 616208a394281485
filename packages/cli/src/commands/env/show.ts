import { mask } from "@kugetsu/core/domain/Secret"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { print, printJson } from "../../terminal.ts"
import { agent } from "./variable.ts"

export const show = Command.make("show", { agent }, ({ agent }) =>
  Effect.gen(function* () {
    // what is no secret by its name may be one: a URL with a password, a whole configuration
    const variables = [...(yield* (yield* EnvFiles).read(agent))].map(([key, value]) => [key, mask(value)] as const)
    if (yield* Json) return yield* printJson(Object.fromEntries(variables))
    for (const [key, value] of variables) yield* print(`${key}=${value}`)
  }),
).pipe(
  Command.withDescription("Shows the variables of an agent, with *** for each value; get shows one."),
  Command.withExamples([{ command: "kugetsu env show pm-agent" }]),
)
