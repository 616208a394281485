import { ExitCode } from "@kugetsu/core/domain/Failure"
import { redactJson } from "@kugetsu/core/domain/Redaction"
import { redactor } from "@kugetsu/core/Redactor"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { writeAll } from "./descriptors.ts"

/** Nobody reads standard output any more (`kugetsu list | head -1`): the end of the program, and no failure. */
export class OutputClosed extends Schema.TaggedError<OutputClosed>()("OutputClosed", {}) {}

/** An answer could not be written, so whoever asked must not believe that it was given. */
export class OutputFailed extends Schema.TaggedError<OutputFailed>()("OutputFailed", { reason: Schema.String }) {
  readonly code = ExitCode.home
  override get message() {
    return `cannot write to standard output: ${this.reason}`
  }
  get remedy() {
    return "Check where the output goes: the disk may be full."
  }
}

/** What this home's secrets are taken out with. */
const redact = Effect.provide(redactor, KugetsuHome.layer)

/** An answer without secrets: one line, or several, on standard output. */
export const print = (text: string) => Effect.flatMap(redact, (clean) => printRaw(`${clean(text)}\n`))

/** An answer to the letter, and all of it: the answer to who asked for a secret. */
export const printRaw = (text: string): Effect.Effect<void, OutputClosed | OutputFailed> =>
  Effect.try({
    try: () => writeAll(1, text),
    catch: (cause) => {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
      return code === "EPIPE" ? new OutputClosed() : new OutputFailed({ reason: code })
    },
  })

/** One JSON document as an answer, without secrets. */
export const printJson = (value: unknown) => printDocument(value, 2)

/** The same on one line of its own, of many. */
export const printJsonLine = (value: unknown) => printDocument(value, 0)

const printDocument = (value: unknown, indent: number) =>
  Effect.flatMap(redact, (clean) => printRaw(`${JSON.stringify(redactJson(value, clean), null, indent)}\n`))

/** Something for people beside the answer, on standard error, without secrets. */
export const tell = (text: string) => Effect.flatMap(redact, (clean) => tellRaw(`${clean(text)}\n`))

/** The same to the letter. */
export const tellRaw = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      writeAll(2, text)
    } catch {
      // nobody is there to be told
    }
  })

/** Asks the descriptor itself: `process.stdout` alone takes longer to come up than a short command. */
const isTerminal = (descriptor: number): Effect.Effect<boolean> =>
  Effect.suspend(() =>
    isDevice(descriptor)
      ? Effect.map(
          Effect.promise(() => import("node:tty")),
          ({ isatty }) => isatty(descriptor),
        )
      : Effect.succeed(false),
  )

const isDevice = (descriptor: number): boolean => {
  try {
    return fs.fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false // closed
  }
}

export const stdinIsTerminal = isTerminal(0)
export const stdoutIsTerminal = isTerminal(1)
export const stderrIsTerminal = isTerminal(2)

/** How many cells a line of standard output has; null: it is no terminal, or does not tell. */
export const stdoutColumns = Effect.map(stdoutIsTerminal, (terminal) =>
  terminal ? process.stdout.columns || null : null,
)

/** A dialogue on the screen needs all three. */
export const isInteractive = Effect.map(Effect.forEach([0, 1, 2], isTerminal), (all) => !all.includes(false))

export type Paint = (colour: Colour, text: string) => string
export type Colour = keyof typeof codes

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const

/**
 * Whether colours are wanted on a descriptor: on a terminal, unless NO_COLOR is set. FORCE_COLOR decides where that is
 * not set: also beside a terminal, or with 0 or false nowhere.
 */
export const wantsColour = Effect.fnUntraced(function* (descriptor: number) {
  const { FORCE_COLOR, NO_COLOR, TERM } = yield* HostEnvironment
  if (NO_COLOR) return false
  if (FORCE_COLOR) return !/^(0|false|no|off)$/i.test(FORCE_COLOR)
  return TERM !== "dumb" && (yield* isTerminal(descriptor))
})

const paintOn = (descriptor: number): Effect.Effect<Paint> =>
  Effect.map(wantsColour(descriptor), (wanted) =>
    wanted ? (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m` : (_, text) => text,
  )

/** Colours for standard output, where they are wanted. */
export const paint = paintOn(1)

/** The same for standard error. */
export const paintErrors = paintOn(2)
