import { enqueueTask } from "@kugetsu/core/enqueueTask"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { issue } from "../../launchRun.ts"
import { file, requireMessage, words } from "../../message.ts"
import { answerQueued, notBefore, priority, readNotBefore } from "../../queued.ts"

export const enqueue = Command.make("enqueue", { issue, words, file, priority, notBefore }, (given) =>
  Effect.gen(function* () {
    const message = yield* requireMessage(given, `kugetsu queue enqueue ${given.issue} "what to do"`)
    const queued = yield* enqueueTask({
      issue: yield* resolveIssue(given.issue),
      message,
      priority: given.priority,
      notBefore: yield* readNotBefore(given.notBefore),
    })
    yield* answerQueued(queued)
  }),
).pipe(
  Command.withDescription("Leaves a task for an issue in the queue, prints its id and returns."),
  Command.withExamples([{ command: 'kugetsu queue enqueue you/repo#14 "fix the crash on an empty file"' }]),
)
