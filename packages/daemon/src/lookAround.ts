import { countByState } from "@kugetsu/core/domain/QueueItem"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { usedSlots } from "@kugetsu/core/Slots"
import { Effect, Option } from "effect"
import { type AgentMemory, agentsAtWork } from "./agentsAtWork.ts"
import { findDaemon } from "./findDaemon.ts"
import type { Overview } from "./Overview.ts"
import { tasksWaiting } from "./tasksWaiting.ts"

/** One look at all that goes on. Changes nothing, but that a look at the queue puts aside what cannot be understood. */
export const lookAround = Effect.fn("lookAround")(function* (memory: AgentMemory) {
  const queue = yield* Queue
  const settings = yield* Effect.result((yield* Settings).load)
  const inForce = settings._tag === "Success" ? settings.success : null
  const daemon = Option.getOrNull(yield* findDaemon)
  const { agents, troubles } = yield* agentsAtWork(memory)
  const items = yield* queue.list()
  const quarantined = yield* queue.quarantined
  const pending = items.filter(({ state }) => state === "pending")
  const unread = (yield* (yield* Notifications).list).filter(({ read }) => !read)
  return {
    daemon: {
      running: daemon !== null,
      pid: daemon?.daemon.pid ?? null,
      version: daemon?.kugetsu ?? null,
      since: daemon?.since ?? null,
    },
    slots: { limit: inForce?.maxConcurrentAgents ?? null, used: yield* usedSlots },
    queue: { total: items.length, ...countByState(items), bad: quarantined.length },
    paused: Option.getOrNull(yield* queue.paused),
    running: agents,
    waiting: yield* tasksWaiting(pending, { settings: inForce, served: daemon !== null, agents }),
    notifications: unread.toReversed(),
    troubles: [
      ...(settings._tag === "Failure" ? [settings.failure.message] : []),
      ...troubles,
      ...quarantined.map(({ place, reason }) => `${place}: ${reason}`),
    ],
  } satisfies Overview
})
