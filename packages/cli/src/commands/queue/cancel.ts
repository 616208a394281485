import { awaitSettled, cancelItem } from "@kugetsu/core/cancelItem"
import { awaitRelease } from "@kugetsu/core/followRun"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { outcomeOf, progressOf } from "../../attend.ts"
import { cancelText } from "../../cancelText.ts"
import { answerItem, item, requireItemId } from "../../itemText.ts"

export const cancel = Command.make("cancel", { item }, (given) =>
  Effect.gen(function* () {
    const cancelled = yield* cancelItem(yield* requireItemId(given.item), "kugetsu queue cancel")
    if (cancelled.stopping === null) return yield* answerItem(cancelled.item, cancelText(cancelled.item, null))
    const ended = yield* outcomeOf(progressOf(cancelled.stopping, { log: false }))
    yield* awaitRelease(ended.run)
    const settled = yield* awaitSettled(cancelled.item)
    yield* answerItem(settled, cancelText(settled, ended))
  }),
).pipe(
  Command.withDescription(
    "Takes an item out of turn for good. If it runs its agent is ended and waited for; worktree, commits and session are kept.",
  ),
  Command.withExamples([{ command: "kugetsu queue cancel q_1795161012345_k3f9qa" }]),
)
