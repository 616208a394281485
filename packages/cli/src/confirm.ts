import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Effect, Schema } from "effect"
import { harmless } from "./display.ts"
import { stderrIsTerminal, stdinIsTerminal, tellRaw } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

/** The person said no. */
export class Declined extends Schema.TaggedError<Declined>()("Declined", {}) {
  readonly code = ExitCode.failed
  override get message() {
    return "nothing was changed"
  }
  get remedy() {
    return ""
  }
}

/** Asks on the terminal, and fails unless the answer is yes. Where nobody can be asked, `-y` must be given. */
export const confirm = Effect.fn("confirm")(function* (question: string, { yes }: { readonly yes: boolean }) {
  if (yes) return
  if (!(yield* stdinIsTerminal) || !(yield* stderrIsTerminal)) {
    return yield* new UsageError({
      message: "there is no terminal to ask on",
      remedy: "Give -y to say yes beforehand.",
    })
  }
  yield* tellRaw(`${harmless(question)} [y/N] `)
  if (!/^y(es)?$/i.test((yield* readLine).trim())) return yield* new Declined()
})

/** One line of the terminal, as it was typed; empty at the end of input. */
const readLine = Effect.callback<string>((resume) => {
  const input = process.stdin
  let typed = ""
  const onEnd = () => resume(Effect.succeed(typed))
  const onData = (bytes: Buffer) => {
    typed += bytes.toString("utf8")
    if (typed.includes("\n")) onEnd()
  }
  input.on("data", onData).on("end", onEnd)
  return Effect.sync(() => input.off("data", onData).off("end", onEnd))
}).pipe(Effect.ensuring(Effect.sync(() => process.stdin.pause())))
