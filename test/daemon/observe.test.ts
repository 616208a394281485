import { expect } from "bun:test"
import { lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { decide } from "@kugetsu/core/domain/Schedule"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { observe } from "@kugetsu/daemon/observe"
import { Effect, Result } from "effect"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (number: number) => Result.getOrThrow(parseIssueRef(`example.org/ann/tool#${number}`))

effectTest("workers that are let alone hide no agent of an issue that comes after them", () =>
  Effect.flatMap(temporaryDirectory, (root) =>
    Effect.gen(function* () {
      const [queue, home] = [yield* Queue, yield* KugetsuHome]
      const settings = { ...(yield* (yield* Settings).load), maxConcurrentAgents: 1 }
      for (const number of [1, 2, 3, 4, 5]) yield* queue.enqueue({ issue: issue(number), message: "go" })
      const notNow = new Set([1, 2, 3].map((number) => lockNameOf(issue(number))))
      yield* acquire(home.issueLock(lockNameOf(issue(4))), { waitMs: 0 })
      const situation = yield* observe(settings, { nextStart: 0, notNow })
      expect(decide(situation).start?.worker).toBe(lockNameOf(issue(5)))
    }).pipe(Effect.scoped, Effect.provide(daemonHome(root))),
  ),
)
