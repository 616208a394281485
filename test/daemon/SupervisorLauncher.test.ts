import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Launcher } from "@kugetsu/core/Launcher"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import * as SupervisorLauncher from "@kugetsu/daemon/SupervisorLauncher"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = Result.getOrThrow(parseIssueRef("example.org/ann/tool#1"))

effectTest("an item that is cancelled right after it was claimed gets no run, and is cancelled", () =>
  Effect.gen(function* () {
    const cancelling = Layer.effect(
      Queue,
      Effect.map(Queue, (queue) => ({
        ...queue,
        claim: (...claim: Parameters<typeof queue.claim>) => Effect.tap(queue.claim(...claim), queue.cancel(claim[0])),
      })),
    )
    const layers = SupervisorLauncher.layer.pipe(
      Layer.provideMerge(cancelling.pipe(Layer.provideMerge(daemonHome(yield* temporaryDirectory)))),
      Layer.provideMerge(Layer.mock(Processes, {})),
    )
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const { item } = yield* queue.enqueue({ issue, message: "go" })
      const asked = { agent: "dev", issue, message: "go", debug: false, item: item.id } as const
      const failure = yield* Effect.flip((yield* Launcher).launch(asked))
      expect(failure._tag).toBe("ItemGone")
      expect(Option.getOrThrow(yield* queue.find(item.id))).toMatchObject({ state: "error", error: "cancelled" })
      expect(fs.existsSync((yield* KugetsuHome).runs)).toBe(false)
    }).pipe(Effect.provide(layers))
  }),
)
