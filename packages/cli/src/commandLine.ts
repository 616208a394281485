import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Context, Effect, Layer } from "effect"
import { CliConfig, Command, GlobalFlag } from "effect/cli"
import { CompletionScript } from "./completions.ts"
import { readJsonFlag } from "./flags.ts"
import { requireGivenWords } from "./givenWords.ts"
import { commandTree } from "./kugetsu.ts"
import { presenterLayer } from "./presenter.ts"
import { runProgram } from "./runProgram.ts"
import { version } from "./version.ts"

const { Help, Version } = GlobalFlag

/**
 * The parser wants these for kinds of parameters (files, prompts) that no command has; a command that uses one itself
 * has it from its own layer.
 */
const nothingOfTheSystem = Context.empty() as Context.Context<Command.Environment>

/**
 * Parses the words of a command line, runs the command and ends this process. `typed` are the words of this process, where
 * those of the command were made from them.
 */
export const runCommandLine = (given: ReadonlyArray<string>, typed = given): void => {
  const { json, words } = readJsonFlag(given)
  const shell = Layer.merge(
    CliConfig.layer({ builtIns: [Help, Version, CompletionScript] }),
    presenterLayer({ json, version, words }),
  )
  const program = requireGivenWords(typed).pipe(
    Effect.andThen(insideRun(words)),
    Effect.andThen(Effect.promise(() => commandTree(words))),
    Effect.flatMap((tree) => Command.runWith(tree, { version })(words)),
    Effect.provide(shell),
    Effect.provideContext(nothingOfTheSystem),
  )
  runProgram(program, { json })
}

/** Outside a run nothing is loaded for it. */
const insideRun = Effect.fnUntraced(function* (words: ReadonlyArray<string>) {
  const { KUGETSU_RUN: run } = yield* HostEnvironment
  if (!run) return
  const { requireForAgent } = yield* Effect.promise(() => import("./requireForAgent.ts"))
  yield* requireForAgent(words)
})
