import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** Queues as they were written once. They must load for ever: add directories, never change one. */
const inCopyOf = <A, E>(sample: string, body: (queue: Queue["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(temporaryDirectory, (dir) => {
    const home = path.join(dir, "home")
    fs.cpSync(path.join(import.meta.dirname, sample), home, { recursive: true })
    return Effect.provide(Effect.flatMap(Queue, body), Layer.provide(FileQueue.layer, KugetsuHome.at(home)))
  })

effectTest("a queue of the first kugetsu loads whole, and only what waited then waits now", () =>
  inCopyOf("first-kugetsu-queue", (queue) =>
    Effect.gen(function* () {
      const items = yield* queue.list()
      expect(items.map(({ id, issue_ref, state, error }) => [String(id), issue_ref, state, error])).toEqual([
        ["q_1775037600", "git.example.org:3000/shoko/kugetsu#69", "pending", null],
        ["q_a1b2c3", "github.com/shoko/kugetsu#14", "error", "unfinished before the upgrade"],
        ["q_done-1", "github.com/shoko/kugetsu#-discuss", "completed", null],
        ["q_failed_1", null, "error", "failed to start"],
      ])
      expect(items[1]).toMatchObject({ opencode_session_id: "ses_disc42", pid: 4711, message: "go on" })
      expect((yield* queue.stats).bad).toBe(0)
    }),
  ),
)

effectTest("a queue of version 1 loads whole", () =>
  inCopyOf("version-1-queue", (queue) =>
    Effect.gen(function* () {
      const items = yield* queue.list()
      expect(items.map(({ attempts, error, id, run, state }) => [String(id), state, run, attempts, error])).toEqual([
        ["q_1795156212000_k3f9qa", "pending", "r_20261120T063013_aaaaaa", 1, "opencode ended with exit code 1"],
        ["q_1795156212001_k3f9qb", "notified", "r_20261120T063014_bbbbbb", 0, null],
        ["q_1795156212002_k3f9qc", "completed", "r_20261120T063015_cccccc", 1, null],
        ["q_1795156212003_k3f9qd", "error", null, 0, "cancelled"],
      ])
      expect(items[0]?.message).toBe('fix the login form\n"and" the tests — 月')
      expect(items[1]).toMatchObject({ pid: 4711, opencode_session_id: "ses_pm_xyz789", issue_ref: null })
      expect(Date.parse(items[1]?.notified_at ?? "")).toBe(Date.parse("2026-11-20T06:30:14Z"))
      expect((yield* queue.quarantined).map(({ name, reason }) => [name, reason])).toEqual([
        ["q_1795156212004_k3f9qe.json", "Expected a valid JSON string"],
      ])
      expect(Option.isSome(yield* queue.paused)).toBe(true)
    }),
  ),
)
