import { commandHelp } from "@kugetsu/cli/commandHelp"
import type { HelpDoc } from "effect/cli"

/** Every command that does something, by its words, with its help; groups of commands are not among them. */
export const commands = async (): Promise<ReadonlyMap<string, HelpDoc.HelpDoc>> => {
  const helpOf = await commandHelp()
  const below = async (words: ReadonlyArray<string>): Promise<ReadonlyArray<readonly [string, HelpDoc.HelpDoc]>> => {
    const doc = await helpOf(words)
    const names = (doc.subcommands ?? []).flatMap((group) => group.commands.map(({ name }) => name))
    if (names.length === 0) return [[words.join(" "), doc]]
    return (await Promise.all(names.map((name) => below([...words, name])))).flat()
  }
  return new Map(await below([]))
}

/** The lines of the examples of a skill that call kugetsu, without what leads to it, follows it or comments on it. */
export const examplesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^```sh\n([^]*?)^```$/gm)]
    .flatMap(([, block]) => block!.trim().split("\n"))
    .map((line) => line.replace(/\s+#\s.*$/, ""))
    .flatMap((line) => /(?:^|\| )(kugetsu .*?)(?: [|<>] .*)?$/.exec(line)?.[1] ?? [])

const wordsOf = (line: string) =>
  (line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replaceAll(/["']/g, ""))

/** What is wrong with one example; null: nothing. */
export const exampleFault = (line: string, known: ReadonlyMap<string, HelpDoc.HelpDoc>): string | null => {
  const [, ...words] = wordsOf(line)
  const command = [words.slice(0, 2).join(" "), words[0] ?? ""].find((name) => known.has(name))
  if (command === undefined) return `there is no command: ${line}`
  const doc = known.get(command)!
  const flags = [...doc.flags, ...(doc.globalFlags ?? []), ...(doc.inheritedFlags ?? [])]
  let given = 0
  const rest = words.slice(command.split(" ").length)
  for (let at = 0; at < rest.length && rest[at] !== "--"; at += 1) {
    const word = rest[at]!
    if (!/^-./.test(word)) {
      given += 1
      continue
    }
    const name = word.split("=")[0]!
    const flag = flags.find((each) => `--${each.name}` === name || each.aliases.includes(name))
    if (flag === undefined) return `there is no flag ${name}: ${line}`
    if (!/boolean/.test(flag.type) && !word.includes("=")) at += 1
  }
  const args = doc.args ?? []
  if (given < args.filter((arg) => arg.required).length) return `an argument is missing: ${line}`
  return given > args.length && !args.some((arg) => arg.variadic) ? `too many arguments: ${line}` : null
}

/** The commands of which no example is in a skill. */
export const withoutExample = (text: string, known: ReadonlyMap<string, HelpDoc.HelpDoc>): ReadonlyArray<string> => {
  const starts = examplesIn(text).map((line) => `${line} `)
  return [...known.keys()].filter((command) => !starts.some((line) => line.startsWith(`kugetsu ${command} `)))
}

/** The lines between the first two `---`, as `key: value`; what is further in belongs to the key before it. */
export const frontMatter = (text: string): Readonly<Record<string, string>> => {
  const [, block = ""] = /^---\n([^]*?)\n---\n/.exec(text) ?? []
  return Object.fromEntries(
    [...block.matchAll(/^([a-z]+):(.*(?:\n {2}.*)*)/gm)].map(([, key, value]) => [key, value!.trim()]),
  )
}
