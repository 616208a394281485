import { requirePullRequest } from "@kugetsu/core/requirePullRequest"
import { requireInitialised } from "@kugetsu/core/requireInitialised"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { toggle } from "../flags.ts"
import { debug, detach, issue, launchRun } from "../launchRun.ts"
import { file, requireMessage, words } from "../message.ts"

const pullRequest = Flag.String("pr").pipe(
  Flag.withMetavar("url"),
  Flag.withDescription("The pull request that belongs to the issue"),
  Flag.optional,
)

const fresh = toggle("fresh", "Begin anew: what the issue has goes to the trash first, saved or not")

export const start = Command.make("start", { issue, words, file, pullRequest, fresh, detach, debug }, (given) =>
  Effect.gen(function* () {
    const message = yield* requireMessage(given, `kugetsu start ${given.issue} "what to do"`)
    const ref = yield* resolveIssue(given.issue)
    yield* requireInitialised
    const pullRequest = Option.isSome(given.pullRequest)
      ? { pullRequestUrl: (yield* requirePullRequest(ref, given.pullRequest.value)).url }
      : {}
    yield* launchRun({ issue: ref, message, fresh: given.fresh, ...pullRequest }, given)
  }),
).pipe(
  Command.withDescription(
    "Starts an agent on an issue, in a worktree and a session of its own, and shows it to its outcome. A worktree that is there already is kept as it is; with --fresh it goes to the trash first.",
  ),
  Command.withExamples([
    { command: 'kugetsu start github.com/you/repo#14 "fix the crash on an empty file"' },
    {
      command: "kugetsu start you/repo#14 --detach --file task.md",
      description: "Take the message from a file, return at once",
    },
    { command: "git diff | kugetsu start you/repo#14 -", description: "Take the message from standard input" },
  ]),
)
