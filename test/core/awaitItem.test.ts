import { expect } from "bun:test"
import { awaitItem } from "@kugetsu/core/awaitItem"
import { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Fiber, Layer } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { runId } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

effectTest("an item is waited for through its attempts to its end, and one that nobody has is no wait", () =>
  Effect.gen(function* () {
    const home = KugetsuHome.at(yield* temporaryDirectory)
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const { item } = yield* queue.enqueue({ issue: null, message: "go" })
      const waiting = yield* Effect.forkChild(awaitItem(item.id))
      const [first, second] = [runId("first1"), runId("second")]
      for (const run of [first, second]) {
        yield* queue.claim(item.id, run)
        const again = { _tag: "Again", reason: "once more", notBefore: null, costsAttempt: true } as const
        yield* queue.settle({ id: item.id, run }, run === first ? again : { _tag: "Completed" })
      }
      expect(yield* Fiber.join(waiting)).toMatchObject({ id: item.id, state: "completed", run: second })
      const unknown = yield* Effect.result(awaitItem(QueueItemId.make("q_nobody")))
      expect(unknown).toMatchObject({ failure: { _tag: "ItemUnknown" } })
    }).pipe(Effect.provide(Layer.provideMerge(FileQueue.layer, home)))
  }),
)
