import { ExitCode } from "@kugetsu/core/domain/Failure"
import { isSecretName, mask } from "@kugetsu/core/domain/Secret"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { harmless, table } from "../display.ts"
import { Json } from "../flags.ts"
import { readInput } from "../message.ts"
import { print, printJson } from "../terminal.ts"

/** A variable that is not in the file. */
class VariableMissing extends Schema.TaggedError<VariableMissing>()("VariableMissing", {
  key: Schema.String,
  agent: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.key} is not set for ${this.agent}`
  }
  get remedy() {
    return `kugetsu env show ${this.agent} lists what is set.`
  }
}

const key = Argument.String("key").pipe(
  Argument.withDescription("The variable's name"),
  Argument.withSchema(
    Schema.String.check(
      Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/, { message: "letters, digits and _, not beginning with a digit" }),
    ),
  ),
)
const agent = Argument.String("agent").pipe(
  Argument.withDescription("dev, pm-agent, or default for all of them"),
  Argument.withSchema(
    Schema.String.check(
      Schema.isPattern(/^[a-z0-9][a-z0-9-]*$/, { message: "an agent's name: dev, pm-agent or default" }),
    ),
  ),
  Argument.withDefault("default"),
)
const value = Argument.String("value").pipe(
  Argument.withDescription("`-` reads it from standard input, so that it stays out of the shell's history"),
)

const set = Command.make("set", { key, value, agent }, ({ key, value, agent }) =>
  Effect.gen(function* () {
    const text = value === "-" ? (yield* readInput).replace(/\r?\n$/, "") : value
    yield* (yield* EnvFiles).set(agent, key, text)
  }),
).pipe(
  Command.withDescription("Sets a variable for agents."),
  Command.withExamples([
    { command: "kugetsu env set GITHUB_TOKEN - < token.txt" },
    { command: "kugetsu env set ANTHROPIC_API_KEY sk-… dev", description: "For the agents on issues only" },
  ]),
)

const get = Command.make("get", { key, agent }, ({ key, agent }) =>
  Effect.gen(function* () {
    const found = (yield* (yield* EnvFiles).read(agent)).get(key)
    if (found === undefined) return yield* new VariableMissing({ key, agent })
    yield* (yield* Json) ? printJson({ agent, key, value: found }) : print(found)
  }),
).pipe(
  Command.withDescription("Prints the value of a variable, unmasked."),
  Command.withExamples([{ command: "kugetsu env get GITHUB_TOKEN" }]),
)

const show = Command.make("show", { agent }, ({ agent }) =>
  Effect.gen(function* () {
    const variables = [...(yield* (yield* EnvFiles).read(agent))].map(
      ([key, value]) => [key, isSecretName(key) ? mask(value) : value] as const,
    )
    if (yield* Json) return yield* printJson(Object.fromEntries(variables))
    for (const [key, value] of variables) yield* print(`${key}=${harmless(value)}`)
  }),
).pipe(
  Command.withDescription("Shows the variables of an agent, secrets masked."),
  Command.withExamples([{ command: "kugetsu env show pm-agent" }]),
)

const list = Command.make("list", {}, () =>
  Effect.gen(function* () {
    const files = yield* EnvFiles
    const agents = yield* Effect.forEach(yield* files.list, (agent) =>
      Effect.map(files.read(agent), (variables) => ({ agent, variables: [...variables.keys()] })),
    )
    if (yield* Json) return yield* printJson(agents)
    yield* print(
      table(
        ["AGENT", "VARIABLES"],
        agents.map(({ agent, variables }) => [agent, variables.join(" ") || "-"]),
      ),
    )
  }),
).pipe(
  Command.withDescription("Lists the agents that have variables, with their names."),
  Command.withExamples([{ command: "kugetsu env list" }]),
)

const remove = Command.make("rm", { key, agent }, ({ key, agent }) =>
  Effect.gen(function* () {
    if (!(yield* (yield* EnvFiles).remove(agent, key))) return yield* new VariableMissing({ key, agent })
  }),
).pipe(
  Command.withDescription("Removes a variable."),
  Command.withExamples([{ command: "kugetsu env rm GITHUB_TOKEN" }]),
)

export const env = Command.make("env").pipe(
  Command.withDescription(
    "Sets and shows the variables that agents get. default serves every agent; an agent's own file goes before it.",
  ),
  Command.withSubcommands([set, get, show, list, remove]),
)
