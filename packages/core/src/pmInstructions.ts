import { Effect, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { readUtf8 } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

/** A person's own instructions for the PM are there, and say nothing. */
export class PmInstructionsEmpty extends Schema.TaggedError<PmInstructionsEmpty>()("PmInstructionsEmpty", {
  path: Schema.String,
}) {
  readonly code = ExitCode.config
  override get message() {
    return `${this.path} is empty, so that the PM has no instructions`
  }
  get remedy() {
    return "Write the PM's instructions into it, or remove it: then the built-in ones serve."
  }
}

/** pm-agent.md, byte for byte; null: there is none, and the built-in instructions serve. */
export const pmInstructions = Effect.gen(function* () {
  const { pmInstructions: path } = yield* KugetsuHome
  const text = Option.getOrNull(yield* readUtf8(path))
  if (text?.trim() === "") return yield* new PmInstructionsEmpty({ path })
  return text
}).pipe(Effect.withSpan("pmInstructions"))
