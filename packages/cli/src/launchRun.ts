import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunExit } from "@kugetsu/core/domain/Run"
import { enqueueTask } from "@kugetsu/core/enqueueTask"
import { Launcher } from "@kugetsu/core/Launcher"
import { CONTINUE } from "@kugetsu/core/Prompt"
import { Sessions } from "@kugetsu/core/Sessions"
import { Trash } from "@kugetsu/core/Trash"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { attend } from "./attend.ts"
import { endWith } from "./Answered.ts"
import { tellConfigWarnings } from "./configWarnings.ts"
import { Json, toggle } from "./flags.ts"
import { exitCodeAfter, outcomeText } from "./outcomeText.ts"
import { answerQueued } from "./queued.ts"
import { paint, print, printJson, tell } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

export const issue = Argument.String("ref").pipe(
  Argument.withDescription("host/owner/repo#14, owner/repo#14, or the issue's URL"),
)
export const detach = toggle("detach", "Print the run's id and return; the agent works on")
export const debug = toggle("debug", "Add opencode's own log to the run's log and show it")

interface Asked {
  readonly issue: IssueRef
  readonly message: string | null
  readonly fresh?: boolean
  readonly pullRequestUrl?: string
}

/** Starts a run and, unless it is detached, shows it to its end; the answer is its outcome. */
export const launchRun = Effect.fn("launchRun")(function* (
  asked: Asked,
  how: { readonly detach: boolean; readonly debug: boolean },
) {
  const { KUGETSU_RUN: outer } = yield* HostEnvironment
  if (outer) return yield* leaveInQueue(asked, outer)
  const json = yield* Json
  yield* tellConfigWarnings
  const run = yield* (yield* Launcher).launch({ agent: "dev", ...asked, debug: how.debug, item: null })
  const issue_ref = asked.issue.toString()
  if (asked.fresh) yield* tellOfTrash(asked.issue)
  if (how.detach) return yield* json ? printJson({ run, issue_ref }) : print(run)
  yield* tell(`run ${run} on ${issue_ref}; Ctrl-C leaves it to itself`)
  yield* answerOutcome(yield* attend(run, { log: how.debug }))
})

const tellOfTrash = Effect.fnUntraced(function* (issue: IssueRef) {
  const { receipts } = yield* (yield* Trash).survey
  const newest = receipts.find((receipt) => receipt.issue_ref === issue.toString())
  if (newest?.because === "fresh") yield* tell(`What was there is in the trash; it comes back with: ${newest.restore}`)
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

/** The sweep at a run's end would kill what its agent started: what an agent wants started waits in the queue. */
const leaveInQueue = Effect.fnUntraced(function* (asked: Asked, run: string) {
  if (asked.fresh) {
    return yield* new UsageError({
      message: `--fresh takes a person's word, and this is inside run ${run}`,
      remedy: "Leave --fresh out: then the task goes into the queue.",
    })
  }
  yield* tell(`This is inside run ${run}: the task goes into the queue, for the daemon to start.`)
  const { pullRequestUrl: pr_url } = asked
  if (pr_url !== undefined) yield* (yield* Sessions).update(asked.issue, (session) => ({ ...session, pr_url }))
  yield* answerQueued(yield* enqueueTask({ issue: asked.issue, message: asked.message ?? CONTINUE }))
})
