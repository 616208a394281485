import { retryItem } from "@kugetsu/core/retryItem"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { answerItem, item, requireItemId } from "../../itemText.ts"

export const retry = Command.make("retry", { item }, (given) =>
  Effect.gen(function* () {
    const retried = yield* retryItem(yield* requireItemId(given.item))
    yield* answerItem(retried, `${retried.id} waits again`)
  }),
).pipe(
  Command.withDescription("Gives an item that ended in error another set of attempts, at its old place in the queue."),
  Command.withExamples([{ command: "kugetsu queue retry q_1795161012345_k3f9qa" }]),
)
