import { ExitCode } from "@kugetsu/core/domain/Failure"
import { awaitRelease } from "@kugetsu/core/followRun"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { stopIssue } from "@kugetsu/core/stopRun"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { outcomeOf, progressOf } from "../attend.ts"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { outcomeText } from "../outcomeText.ts"
import { paint, print, printJson } from "../terminal.ts"

export const stop = Command.make("stop", { issue }, (given) =>
  Effect.gen(function* () {
    const run = yield* stopIssue(yield* resolveIssue(given.issue), "kugetsu stop")
    const exit = yield* outcomeOf(progressOf(run, { log: false }))
    yield* awaitRelease(run)
    yield* (yield* Json) ? printJson({ ...exit, code: ExitCode.done }) : print(outcomeText(exit, yield* paint))
  }),
).pipe(
  Command.withDescription(
    "Ends the running agent of an issue and waits for its end. Worktree, commits and session are kept.",
  ),
  Command.withExamples([{ command: "kugetsu stop github.com/you/repo#14" }]),
)
