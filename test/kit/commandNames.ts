import { commandTree } from "@kugetsu/cli/kugetsu"

interface Tree {
  readonly name: string
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Tree> }>
}

interface Named {
  /** `init`, `env`, `env set`, … */
  readonly name: string
  /** It has others below it, and does nothing by itself. */
  readonly isGroup: boolean
}

const namesBelow = ({ subcommands }: Tree): ReadonlyArray<Named> =>
  subcommands
    .flatMap(({ commands }) => commands)
    .flatMap((command) => {
      const below = namesBelow(command)
      return [
        { name: command.name, isGroup: below.length > 0 },
        ...below.map(({ isGroup, name }) => ({ name: `${command.name} ${name}`, isGroup })),
      ]
    })

/** Every command there is, from the tree itself: what a person asks completions for loads all of it. */
export const commandNames = async (): Promise<ReadonlyArray<Named>> => namesBelow(await commandTree(["--completions"]))
