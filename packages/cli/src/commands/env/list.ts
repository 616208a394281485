import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Json } from "../../flags.ts"
import { printTable } from "../../printTable.ts"
import { printJson } from "../../terminal.ts"

export const list = Command.make("list", {}, () =>
  Effect.gen(function* () {
    const files = yield* EnvFiles
    const agents = yield* Effect.forEach(yield* files.list, (agent) =>
      Effect.map(files.read(agent), (variables) => ({ agent, variables: [...variables.keys()] })),
    )
    if (yield* Json) return yield* printJson(agents)
    yield* printTable(
      ["AGENT", "VARIABLES"],
      agents.map(({ agent, variables }) => [agent, variables.join(" ") || "-"]),
    )
  }),
).pipe(
  Command.withDescription("Lists the agents that have variables, with their names."),
  Command.withExamples([{ command: "kugetsu env list" }]),
)
