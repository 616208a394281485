import { Option } from "effect"
import type { HelpDoc } from "effect/cli"
import { commandHelp } from "./commandHelp.ts"

/** docs/cli.md, made of the help of every command there is. */
export const commandReference = async (): Promise<string> => {
  const helpOf = await commandHelp()

  const sections = async (words: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
    const doc = await helpOf(words)
    const below = await Promise.all(
      (doc.subcommands ?? []).flatMap(({ commands }) => commands.map(({ name }) => sections([...words, name]))),
    )
    return [section(words, doc), ...below.flat()]
  }

  const root = await helpOf([])
  const groups = await Promise.all(
    (root.subcommands ?? []).map(async ({ commands, group }) =>
      [`## ${group}`, ...(await Promise.all(commands.map(({ name }) => sections([name])))).flat()].join("\n\n"),
    ),
  )
  return [preface, ...groups].join("\n\n") + "\n"
}

const preface = `# The command line

Made of the commands' own help by \`bun run docs\`; change it there. Answers are on standard output, everything else for
people on standard error. \`--json\` goes before or after the sub-command, and has a command print one JSON document, an
error too: \`{error, message, remedy, code}\`. What goes on prints as many as there is to tell, each on a line of its own:
\`kugetsu top\`, \`kugetsu logs -f\` and \`kugetsu queue-daemon logs -f\`. Two have no answer to print: \`kugetsu queue-daemon
run\`, which serves until it is ended, and \`kugetsu open\`, which with \`--json\` is wrong usage. No command waits for a
terminal that is not there. The exit codes are in the [README](../README.md).

An issue is \`host/owner/repo#id\`, \`owner/repo#id\` on the default server, or any address of it that a browser shows.`

const section = (words: ReadonlyArray<string>, doc: HelpDoc.HelpDoc): string =>
  [
    `${"#".repeat(words.length + 2)} kugetsu ${words.join(" ")}`,
    doc.description,
    ...(doc.subcommands === undefined ? [`\`\`\`\n${doc.usage}\n\`\`\``] : []),
    ...table(
      "argument",
      (doc.args ?? []).map(({ description, name, required, variadic }) => [
        `\`${name}${variadic ? "…" : ""}\``,
        described(description, required ? "" : " (optional)"),
      ]),
    ),
    ...table(
      "flag",
      doc.flags.map((flag) => [flagName(flag), described(flag.description, flag.required ? " (required)" : "")]),
    ),
    ...examples(doc.examples ?? []),
  ].join("\n\n")

const described = (description: Option.Option<string> | string | undefined, note: string): string => {
  const text = Option.isOption(description) ? Option.getOrElse(description, () => "") : (description ?? "")
  return `${text}${note}`.replaceAll("|", "\\|")
}

const flagName = ({ aliases, name, type }: HelpDoc.FlagDoc): string => {
  const value = /boolean/.test(type) ? "" : ` ${type}`
  return [`--${name}`, ...aliases].map((each) => `\`${each}${value}\``).join(", ")
}

const table = (what: string, rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> =>
  rows.length === 0
    ? []
    : [[`| ${what} | |`, "|---|---|", ...rows.map(([name, about]) => `| ${name} | ${about} |`)].join("\n")]

const examples = (list: ReadonlyArray<HelpDoc.ExampleDoc>): ReadonlyArray<string> =>
  list.length === 0
    ? []
    : [
        [
          "```sh",
          ...list.map(({ command, description }) =>
            description === undefined ? command : `${command} # ${description}`,
          ),
          "```",
        ].join("\n"),
      ]
