import { Contexts } from "@kugetsu/core/Contexts"
import { requireTracked } from "@kugetsu/core/requireTracked"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { contextText } from "../contextText.ts"
import { Json } from "../flags.ts"
import { issue } from "../launchRun.ts"
import { paint, print, printJson } from "../terminal.ts"

export const context = Command.make("context", { issue }, (given) =>
  Effect.gen(function* () {
    const { name, session } = yield* requireTracked(yield* resolveIssue(given.issue))
    const found = yield* (yield* Contexts).find({ name, issueRef: session.issue_ref })
    const json = yield* Json
    if (Option.isSome(found)) {
      return yield* json ? printJson(found.value) : print(contextText(found.value, yield* paint))
    }
    const file = (yield* KugetsuHome).context(name)
    yield* json ? printJson(null) : print(`Nothing is kept of ${session.issue_ref} yet: there is no ${file}`)
  }),
).pipe(
  Command.withDescription("Shows what is kept of an issue beside its session: its runs, and all that was said."),
  Command.withExamples([{ command: "kugetsu context github.com/you/repo#14" }]),
)
