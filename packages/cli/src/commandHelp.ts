import { Context, Effect, Layer } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc } from "effect/cli"
import { commandTree } from "./kugetsu.ts"

/** The help of any command of the whole tree, by its words; none: that of kugetsu itself. */
export const commandHelp = async (): Promise<(words: ReadonlyArray<string>) => Promise<HelpDoc.HelpDoc>> => {
  // what a person asks completions for loads every command
  const tree = await commandTree(["--completions"])
  const run = Command.runWith(tree, { version: "" })

  return async (words) => {
    let found: HelpDoc.HelpDoc | undefined
    const listen = CliOutput.layerPresenter({
      present: (event) =>
        Effect.sync(() => {
          if (event._tag === "Help") found = event.helpDoc
        }),
    })
    const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help] })
    await run([...words, "--help"]).pipe(
      Effect.provide(Layer.merge(listen, builtIns)),
      // help asks for nothing of the system
      Effect.provideContext(Context.empty() as Context.Context<Command.Environment>),
      Effect.runPromise,
    )
    if (found === undefined) throw new Error(`there is no help of kugetsu ${words.join(" ")}`)
    return found
  }
}
