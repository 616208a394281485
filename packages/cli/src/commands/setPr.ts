import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { setPullRequest } from "@kugetsu/core/setPullRequest"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { print, printJson } from "../terminal.ts"

const url = Argument.String("url").pipe(Argument.withDescription("The pull request's URL"))

export const setPr = Command.make("set-pr", { issue, url }, (given) =>
  Effect.gen(function* () {
    const set = yield* setPullRequest(yield* resolveIssue(given.issue), given.url)
    yield* (yield* Json) ? printJson(set) : print(`${set.issue_ref}  ${set.pr_url}`)
  }),
).pipe(
  Command.withDescription(
    "Notes which pull request is the issue's. Its worktree is kept until that one is merged or closed.",
  ),
  Command.withExamples([{ command: "kugetsu set-pr you/repo#14 https://github.com/you/repo/pull/15" }]),
)
