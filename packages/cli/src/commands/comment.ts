import { Issues } from "@kugetsu/core/Issues"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { file, readMessage, words } from "../message.ts"
import { print, printJson } from "../terminal.ts"
import { UsageError } from "../UsageError.ts"

export const comment = Command.make("comment", { issue, words, file }, (given) =>
  Effect.gen(function* () {
    const text = yield* readMessage(given)
    if (Option.isNone(text)) {
      return yield* new UsageError({
        message: "there is no text for the comment",
        remedy: `Write: kugetsu comment ${given.issue} "what to say", or - for standard input`,
      })
    }
    const ref = yield* resolveIssue(given.issue)
    const { url } = yield* (yield* Issues).comment(ref, text.value)
    yield* (yield* Json) ? printJson({ issue_ref: ref.toString(), url }) : print(url)
  }),
).pipe(
  Command.withDescription("Writes a comment into an issue, byte for byte but for secrets, and prints its address."),
  Command.withExamples([
    { command: 'kugetsu comment you/repo#14 "I cannot reproduce it."' },
    { command: "git log -1 --format=%B | kugetsu comment you/repo#14 -", description: "Take it from standard input" },
  ]),
)
