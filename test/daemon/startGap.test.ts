import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { Pace } from "@kugetsu/daemon/Pace"
import { newStartMemory, startItems } from "@kugetsu/daemon/startItems"
import { Clock, Effect, Result } from "effect"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (number: number) => Result.getOrThrow(parseIssueRef(`example.org/ann/tool#${number}`))

effectTest("between two starts there is a gap, and the daemon is told when it ends", () =>
  Effect.flatMap(temporaryDirectory, (root) =>
    Effect.gen(function* () {
      const queue = yield* Queue
      const settings = yield* (yield* Settings).load
      for (const number of [1, 2]) yield* queue.enqueue({ issue: issue(number), message: "go" })
      const memory = newStartMemory()
      const before = yield* Clock.currentTimeMillis
      const first = yield* startItems(settings, memory)
      const second = yield* startItems(settings, memory)
      expect(first.started).not.toBeNull()
      expect(second.started).toBeNull()
      const { startGapMs } = yield* Pace
      expect(second.decision.wakeAt).toBe(memory.nextStart)
      expect(memory.nextStart).toBeGreaterThanOrEqual(before + startGapMs)
      memory.nextStart = 0
      expect((yield* startItems(settings, memory)).started).not.toBeNull()
    }).pipe(Effect.provide(daemonHome(root))),
  ),
)
