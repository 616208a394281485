import { ExitCode, type FailureRecord } from "@kugetsu/core/domain/Failure"
import { suggestionFor } from "@kugetsu/core/domain/Suggestion"
import { Effect, Layer, Option } from "effect"
import { CliOutput, type HelpDoc } from "effect/cli"
import { harmless, readable } from "./display.ts"
import { printFailure } from "./reportFailure.ts"
import { print, tell, wantsColour } from "./terminal.ts"

/** How help and wrong usage look. Help that was asked for is an answer; all else goes to standard error. */
export const presenterLayer = (options: {
  readonly json: boolean
  readonly version: string
  /** Of the command line. */
  readonly words: ReadonlyArray<string>
}): Layer.Layer<never> => {
  const explain = (usage: WrongUsage) => (options.json ? printFailure(recordOf(usage)) : tell(textOf(usage)))
  return CliOutput.layerPresenter({
    present: (event) => {
      switch (event._tag) {
        case "Version":
          return Effect.ignore(print(`kugetsu ${options.version}`))
        case "Help":
          if (event.reason === "Implicit" && (event.commandPath.length > 1 || options.json)) {
            const what = event.commandPath.length > 1 ? "sub-command" : "command"
            return explain({ ...event, faults: [{ tag: "MissingSubcommand", message: `a ${what} is missing` }] })
          }
          return Effect.flatMap(wantsColour(1), (colors) =>
            Effect.ignore(print(CliOutput.defaultFormatter({ colors }).formatHelpDoc(plainDoc(event.helpDoc)))),
          )
        case "InvalidInvocation":
          return explain({ ...event, faults: faultsOf(event, options.words) })
      }
    },
  })
}

interface WrongUsage {
  readonly commandPath: ReadonlyArray<string>
  readonly helpDoc: HelpDoc.HelpDoc
  readonly faults: ReadonlyArray<{ readonly tag: string; readonly message: string }>
}

const textOf = ({ commandPath, helpDoc, faults }: WrongUsage): string => {
  const below = (helpDoc.subcommands ?? []).flatMap(({ commands }) => commands)
  const width = Math.max(...below.map(({ name }) => name.length), 0)
  return [
    ...faults.map(({ message }) => `kugetsu: ${message}`),
    "",
    ...below.map(
      ({ name, shortDescription, description }) => `  ${name.padEnd(width)}  ${shortDescription ?? description}`,
    ),
    `Usage: ${helpDoc.usage}`,
    `See:   ${commandPath.join(" ")} --help`,
  ].join("\n")
}

const recordOf = ({ commandPath, faults }: WrongUsage): FailureRecord => ({
  error: faults[0]?.tag ?? "WrongUsage",
  message: faults.map(({ message }) => message).join("; "),
  remedy: `See: ${commandPath.join(" ")} --help`,
  code: ExitCode.usage,
})

/** One for each word that is wrong: the parser takes `-x/y#1` for five flags. */
const faultsOf = (
  { errors, helpDoc }: CliOutput.Presenter.InvalidInvocation,
  words: ReadonlyArray<string>,
): WrongUsage["faults"] => {
  const messages = errors.map((error) => {
    if (error._tag !== "UnrecognizedOption") return [oneSentence(error.message), error._tag] as const
    const { option } = error
    const word = words.find(
      (word) => word.startsWith(option) || (/^-[^-]/.test(word) && word.includes(option.slice(1))),
    )
    return [unknownFlag(word?.split("=")[0] ?? option, helpDoc), error._tag] as const
  })
  return [...new Map(messages)].map(([message, tag]) => ({ tag, message }))
}

const oneSentence = (message: string): string =>
  harmless(readable(message).replace("Schema validation failed: ", ""))
    .replace(
      /\s+Did you mean this\?\s+(.*)$/s,
      (_, names: string) => `; did you mean ${names.split(/\s+/).join(" or ")}?`,
    )
    .trim()

/** The parser itself suggests a command's own flags only, and does not know of messages. */
const unknownFlag = (option: string, doc: HelpDoc.HelpDoc): string => {
  const known = [...doc.flags, ...(doc.globalFlags ?? [])].map(({ name }) => `--${name}`)
  const near = option.startsWith("--") ? suggestionFor(option, known) : null
  const takesWords = doc.args?.some(({ variadic }) => variadic) ?? false
  return [
    `there is no flag ${harmless(readable(option))}`,
    ...(near === null ? [] : [`did you mean ${near}?`]),
    ...(/[/#]/.test(option) ? ["the name of an issue never begins with a dash"] : []),
    ...(takesWords ? ["if it belongs to the message, put -- before the message"] : []),
  ].join("; ")
}

/** A toggle takes no value, though the parser calls it a boolean with an optional one; and lists of shells are long. */
const plainDoc = (doc: HelpDoc.HelpDoc): HelpDoc.HelpDoc => {
  const plain = (flags: ReadonlyArray<HelpDoc.FlagDoc> = []) =>
    flags.map((flag) => {
      if (flag.type === "[=boolean]") return { ...flag, type: "boolean" }
      if (flag.name !== "completions") return flag
      return {
        ...flag,
        type: "<shell>",
        description: Option.some("Print completions for bash, zsh, fish or powershell"),
      }
    })
  return {
    ...doc,
    flags: plain(doc.flags),
    inheritedFlags: plain(doc.inheritedFlags),
    globalFlags: plain(doc.globalFlags),
  }
}
