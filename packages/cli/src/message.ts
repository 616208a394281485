import { MessageTooLong } from "@kugetsu/core/Queue"
import { Effect, Option, Stdio } from "effect"
import { Argument, Flag } from "effect/cli"
import { fileBytes, inputBytes } from "./givenBytes.ts"
import { UsageError } from "./UsageError.ts"

export const words = Argument.String("message").pipe(
  Argument.variadic(),
  Argument.withDescription("What to do; `-` reads standard input; words that begin with a dash go after `--`"),
)

export const file = Flag.String("file").pipe(
  Flag.withMetavar("path"),
  Flag.withDescription("Read the message from a file"),
  Flag.optional,
)

const STANDARD_INPUT = "standard input"

/** The message of a command line, byte for byte. None when none was given. */
export const readMessage = Effect.fn("readMessage")(function* (given: {
  readonly words: ReadonlyArray<string>
  readonly file: Option.Option<string>
}) {
  if (Option.isSome(given.file)) {
    if (given.words.length > 0) {
      return yield* new UsageError({
        message: "the message is given twice: as words and with --file",
        remedy: "Leave one of them out.",
      })
    }
    return Option.some(yield* readFile(given.file.value))
  }
  if (given.words.length === 0) return Option.none<string>()
  const fromInput = given.words.length === 1 && given.words[0] === "-" && !(yield* endsOptions)
  return Option.some(yield* requireWords(fromInput ? yield* readFromInput : given.words.join(" "), "the message"))
})

/** As `readMessage`, where there must be one; `usage` shows how. */
export const requireMessage = Effect.fnUntraced(function* (given: Parameters<typeof readMessage>[0], usage: string) {
  const message = yield* readMessage(given)
  if (Option.isSome(message)) return message.value
  return yield* new UsageError({ message: "there is no message for the agent", remedy: `Write: ${usage}` })
})

/** `-- -` means the dash itself. */
const endsOptions = Stdio.Stdio.use(({ args }) => Effect.map(args, (args) => args.includes("--")))

const readFile = Effect.fnUntraced(function* (path: string) {
  const bytes = yield* Effect.catchTag(fileBytes(path), "TooMuch", () => new MessageTooLong({ bytes: null }))
  return yield* requireWords(yield* decode(bytes, path), path)
})

const readFromInput = inputBytes.pipe(
  Effect.catchTag("TooMuch", () => new MessageTooLong({ bytes: null })),
  Effect.flatMap((bytes) => decode(bytes, STANDARD_INPUT)),
)

/** All of standard input, where it is no message. */
export const readInput = inputBytes.pipe(
  Effect.catchTag(
    "TooMuch",
    ({ limit }) =>
      new UsageError({
        message: `${STANDARD_INPUT} has more than ${limit} bytes`,
        remedy: "Give it no more than that.",
      }),
  ),
  Effect.flatMap((bytes) => decode(bytes, STANDARD_INPUT)),
)

export const decode = (bytes: Uint8Array, source: string): Effect.Effect<string, UsageError> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    catch: () =>
      new UsageError({ message: `${source} is no UTF-8 text`, remedy: "Convert it first, e.g. with iconv." }),
  })

const requireWords = (text: string, source: string): Effect.Effect<string, UsageError> =>
  text.trim() === ""
    ? Effect.fail(new UsageError({ message: `${source} is empty`, remedy: "Say what the agent shall do." }))
    : Effect.succeed(text)
