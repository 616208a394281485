import { requireInitialised } from "@kugetsu/core/requireInitialised"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { debug, detach, issue, launchRun } from "../launchRun.ts"
import { file, readMessage, words } from "../message.ts"

export const continueIssue = Command.make("continue", { issue, words, file, detach, debug }, (given) =>
  Effect.gen(function* () {
    const message = yield* readMessage(given)
    const ref = yield* resolveIssue(given.issue)
    yield* requireInitialised
    yield* launchRun({ issue: ref, message: Option.getOrNull(message) }, given)
  }),
).pipe(
  Command.withDescription(
    "Runs the agent again in the issue's session and worktree. Without a message it continues from where it stopped. Whatever is missing is made anew.",
  ),
  Command.withExamples([
    { command: 'kugetsu continue github.com/you/repo#14 "now add a test"' },
    { command: "kugetsu continue you/repo#14", description: "Continue from where it stopped" },
  ]),
)
