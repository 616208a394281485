import { isRunId } from "@kugetsu/core/domain/Run"
import { requireNewestRun } from "@kugetsu/core/issueRuns"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Runs } from "@kugetsu/core/Runs"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { toggle } from "../flags.ts"
import { UsageError } from "../UsageError.ts"
import { listNewest } from "./logs/newestRuns.ts"
import { showRun } from "./logs/oneRun.ts"

const which = Argument.String("which").pipe(
  Argument.withDescription("How many runs to list (10), or the issue or run to show"),
  Argument.optional,
)
const follow = toggle("follow", "Go on until the run ends").pipe(Flag.withAlias("f"))

export const logs = Command.make("logs", { which, follow }, (given) =>
  Effect.gen(function* () {
    const text = Option.getOrElse(given.which, () => "10")
    if (!/^\d+$/.test(text)) return yield* showRun(yield* requireRun(text), given.follow)
    if (given.follow) {
      return yield* new UsageError({
        message: "--follow needs a run or an issue",
        remedy: "Write: kugetsu logs <ref or run> -f",
      })
    }
    yield* listNewest(Number(text))
  }),
).pipe(
  Command.withDescription("Lists the recent runs, or shows what the agent did in one run and what came of it."),
  Command.withExamples([
    { command: "kugetsu logs", description: "The last ten runs" },
    { command: "kugetsu logs github.com/you/repo#14 -f", description: "The issue's newest run, as it goes on" },
    { command: "kugetsu logs r_20261120T063012_k3f9qa", description: "One run" },
  ]),
)

const requireRun = Effect.fnUntraced(function* (text: string) {
  if (isRunId(text)) return yield* (yield* Runs).require(text)
  return yield* requireNewestRun(yield* resolveIssue(text))
})
