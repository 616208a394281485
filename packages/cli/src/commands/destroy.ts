import { destroyIssue } from "@kugetsu/core/destroyIssue"
import { destroyBase, destroyPm } from "@kugetsu/core/destroyOwn"
import { destroyTrashed } from "@kugetsu/core/destroyTrashed"
import { isTrashId, subjectOf } from "@kugetsu/core/domain/Receipt"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { waitingTasks } from "@kugetsu/core/waitingTasks"
import { Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { confirm } from "../confirm.ts"
import { toggle } from "../flags.ts"
import { answerGone, answerRefused, answerRemoved } from "../removalText.ts"
import { tellFailure } from "../reportFailure.ts"
import { UsageError } from "../UsageError.ts"

const ref = Argument.String("ref").pipe(
  Argument.withDescription("host/owner/repo#14, owner/repo#14, or the issue's URL"),
  Argument.optional,
)
const force = toggle("force", "Also what is not saved, and while its pull request is open; it comes back with restore")
const yes = toggle("yes", "Do not ask").pipe(Flag.withAlias("y"))
const pmAgent = toggle("pm-agent", "The PM's session in place of an issue's")
const base = toggle("base", "The base session, and the PM's with it")
const trash = Flag.String("trash").pipe(
  Flag.withDescription("Something in the trash, by its id: for good, unsaved work or not"),
  Flag.optional,
)

export const destroy = Command.make("destroy", { ref, force, yes, pmAgent, base, trash }, (given) =>
  Effect.gen(function* () {
    yield* requireOne(given)
    if (Option.isSome(given.trash)) return yield* destroyForGood(given.trash.value, given)
    if (given.pmAgent) {
      yield* confirm("Take the PM's session to the trash?", given)
      return yield* answerRemoved("the PM", [yield* destroyPm()])
    }
    if (given.base) {
      yield* confirm("Take the base session and the PM's to the trash?", given)
      const gone = yield* destroyBase()
      return yield* answerRemoved("the base", gone.pm === null ? [gone.base] : [gone.base, gone.pm])
    }
    const issue = yield* resolveIssue(Option.getOrElse(given.ref, () => ""))
    const removal = yield* destroyIssue(issue, {
      force: given.force,
      because: "destroy",
      confirm: ({ evidence }, { worktree }) =>
        confirm(
          `${worktree}\n${evidence.map((fact) => `  · ${fact}`).join("\n")}\nTake ${issue.toString()} to the trash?`,
          given,
        ),
    })
    if (removal._tag === "Refused") return yield* answerRefused(issue.toString(), removal.reasons, given.force)
    const waiting = yield* Effect.result(waitingTasks(issue))
    yield* answerRemoved(
      issue.toString(),
      [removal.receipt],
      Result.getOrElse(waiting, () => []),
    )
    // it is gone whether the queue can be looked at or not
    if (Result.isFailure(waiting)) yield* tellFailure(waiting.failure)
  }),
).pipe(
  Command.withDescription(
    "Takes an issue's worktree, session and database to the trash, if nothing is lost by it: everything committed, every commit on the remote or merged, the pull request merged or closed, no agent and nobody else at work in it. What cannot be learnt counts as a no. Tasks that wait for it in the queue stay there, and are named.",
  ),
  Command.withExamples([
    { command: "kugetsu destroy github.com/you/repo#14" },
    { command: "kugetsu destroy you/repo#14 -y --json", description: "Without a question, for programs" },
    {
      command: "kugetsu destroy you/repo#14 --force",
      description: "Whatever is in it; kugetsu restore brings it back",
    },
    { command: "kugetsu destroy --base -y", description: "Before init makes a new one" },
    { command: "kugetsu destroy --trash t_20261120T063012345_k3f9qa", description: "For good" },
  ]),
)

const destroyForGood = Effect.fnUntraced(function* (id: string, given: { readonly yes: boolean }) {
  if (!isTrashId(id)) {
    return yield* new UsageError({
      message: `${id} is no id of anything in the trash`,
      remedy: "`kugetsu restore` lists what is there.",
    })
  }
  const gone = yield* destroyTrashed(id, (receipt) => {
    const unsaved = receipt.saved ? "" : "\n  · it holds work that may be nowhere else"
    const what = `${subjectOf(receipt)}, in the trash since ${receipt.discarded_at}`
    return confirm(`${what}${unsaved}\nRemove ${id} for good, so that nothing brings it back?`, given)
  })
  yield* answerGone(gone)
})

const requireOne = (given: {
  readonly ref: Option.Option<string>
  readonly trash: Option.Option<string>
  readonly pmAgent: boolean
  readonly base: boolean
  readonly force: boolean
}) => {
  const named = [Option.isSome(given.ref), Option.isSome(given.trash), given.pmAgent, given.base].filter(Boolean).length
  const remedy = "Write: kugetsu destroy <ref>, or --pm-agent, or --base, or --trash <id>."
  if (named === 0) return Effect.fail(new UsageError({ message: "it does not say what to destroy", remedy }))
  if (named > 1) return Effect.fail(new UsageError({ message: "only one thing can be destroyed at a time", remedy }))
  if (given.force && Option.isNone(given.ref)) {
    return Effect.fail(
      new UsageError({ message: "--force is for issues", remedy: "With --pm-agent, --base and --trash leave it out." }),
    )
  }
  return Effect.void
}
