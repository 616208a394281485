import { delegate as leaveTask } from "@kugetsu/core/delegate"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { namedText, type Route, unplacedText } from "@kugetsu/core/routeOf"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { toggle } from "../flags.ts"
import { file, requireMessage, words } from "../message.ts"
import { answerQueued, notBefore, priority, readNotBefore } from "../queued.ts"
import { tell } from "../terminal.ts"
import { UsageError } from "../UsageError.ts"

const issue = Flag.String("issue").pipe(
  Flag.withMetavar("ref"),
  Flag.withDescription("The issue it is for, whatever the message names"),
  Flag.optional,
)
const pm = toggle("pm", "It is for the PM, whatever the message names")

export const delegate = Command.make("delegate", { words, file, issue, pm, priority, notBefore }, (given) =>
  Effect.gen(function* () {
    const message = yield* requireMessage(given, 'kugetsu delegate "what to do"')
    const delegated = yield* leaveTask({
      message,
      to: yield* routeGiven(given),
      priority: given.priority,
      notBefore: yield* readNotBefore(given.notBefore),
    })
    const note = noteOn(delegated.route)
    if (note !== null) yield* tell(note)
    yield* answerQueued(delegated)
  }),
).pipe(
  Command.withDescription(
    "Leaves a task in the queue, prints its id and returns. An issue that the message names gets it straight away, `#14` alone where one repository is known; a message that names none, or several, goes to the PM.",
  ),
  Command.withExamples([
    { command: 'kugetsu delegate "fix the crash in you/repo#14"' },
    { command: "kugetsu delegate look at https://github.com/you/repo/issues/14" },
    { command: 'kugetsu delegate --issue you/repo#14 --priority 5 --not-before 2h "run the long tests"' },
    { command: 'kugetsu delegate "tidy up the open pull requests"', description: "Names no issue: for the PM" },
  ]),
)

const routeGiven = Effect.fnUntraced(function* (given: {
  readonly issue: Option.Option<string>
  readonly pm: boolean
}) {
  if (Option.isNone(given.issue)) return given.pm ? ({ _tag: "Pm", named: null } satisfies Route) : null
  if (!given.pm) return { _tag: "Issue", issue: yield* resolveIssue(given.issue.value) } satisfies Route
  return yield* new UsageError({ message: "a task is for --issue or for --pm", remedy: "Leave one of them out." })
})

/** What a person might not expect of where the task goes; null: nothing. */
const noteOn = (route: Route): string | null => {
  if (route._tag === "Issue") return route.number === undefined ? null : `${route.number} is ${route.issue.toString()}`
  if (route.named !== null) return `For the PM, since the message names several issues: ${namedText(route.named)}`
  return route.unplaced === undefined ? null : `For the PM, since ${unplacedText(route.unplaced)}`
}
