import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { Launcher } from "@kugetsu/core/Launcher"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { attend } from "./attend.ts"
import { endWith } from "./Answered.ts"
import { tellConfigWarnings } from "./configWarnings.ts"
import { Json, toggle } from "./flags.ts"
import { exitCodeAfter, outcomeText } from "./outcomeText.ts"
import { paint, print, printJson, tell } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

export const issue = Argument.String("ref").pipe(
  Argument.withDescription("host/owner/repo#14, owner/repo#14, or the issue's URL"),
)
export const detach = toggle("detach", "Print the run's id and return; the agent works on")
export const debug = toggle("debug", "Add opencode's own log to the run's log and show it")

/** Starts a run and, unless it is detached, shows it to its end; the answer is its outcome. */
export const launchRun = Effect.fn("launchRun")(function* (
  asked: { readonly issue: IssueRef; readonly message: string | null; readonly pullRequestUrl?: string },
  how: { readonly detach: boolean; readonly debug: boolean },
) {
  const json = yield* Json
  yield* tellConfigWarnings
  const run = yield* (yield* Launcher).launch({ agent: "dev", ...asked, debug: how.debug })
  const issue_ref = asked.issue.toString()
  if (how.detach) return yield* json ? printJson({ run, issue_ref }) : print(run)
  yield* tell(`run ${run} on ${issue_ref}; Ctrl-C leaves it to itself`)
  yield* answerOutcome(yield* attend(run, { log: how.debug }))
})

/** Prints what a run came to, and ends with the exit code that belongs to it. */
export const answerOutcome = Effect.fn("answerOutcome")(function* (exit: RunExit) {
  const answer = (yield* Json)
    ? printJson({ ...exit, code: exitCodeAfter(exit) })
    : print(outcomeText(exit, yield* paint))
  // the exit code is an answer too, and counts when nobody reads the other
  yield* Effect.catchTag(answer, "OutputClosed", () => Effect.void)
  const code = exitCodeAfter(exit)
  if (code !== ExitCode.done) return yield* endWith(code)
})

/** The sweep at a run's end would kill what its agent started, so an agent starts no agents. */
export const refuseInsideRun = Effect.gen(function* () {
  const { KUGETSU_RUN: run } = yield* HostEnvironment
  if (!run) return
  return yield* new UsageError({
    message: `this is inside run ${run}: an agent cannot start another one`,
    remedy: "Say in your last words what else is to be done; a person starts it.",
  })
})
