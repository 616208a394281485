import { Notifications } from "@kugetsu/core/Notifications"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const file = "notifications.json"

/** Notifications as they were written once. They must load for ever: add directories, never change one. */
const inCopyOf = <A, E>(
  sample: string,
  body: (notifications: Notifications["Service"], text: () => string) => Effect.Effect<A, E>,
) =>
  Effect.flatMap(temporaryDirectory, (home) => {
    fs.copyFileSync(path.join(import.meta.dirname, sample, file), path.join(home, file))
    const text = () => fs.readFileSync(path.join(home, file), "utf8")
    return Effect.provide(
      Effect.flatMap(Notifications, (notifications) => body(notifications, text)),
      Layer.provide(Notifications.layer, KugetsuHome.at(home)),
    )
  })

effectTest("notifications of the first kugetsu load whole, and nothing in them is lost when they are rewritten", () =>
  inCopyOf("first-kugetsu-notifications", (notifications, text) =>
    Effect.gen(function* () {
      const before = JSON.parse(text()) as ReadonlyArray<Record<string, unknown>>
      const all = yield* notifications.list
      expect(all.map(({ issue_ref, message, read, type, url }) => [type, issue_ref, message, url, read])).toEqual([
        [
          "task_complete",
          "git.example.org/shoko/kugetsu#69",
          "Task completed for git.example.org/shoko/kugetsu#69",
          "https://git.example.org/shoko/kugetsu/issues/69",
          true,
        ],
        ["task_blocked", "github.com/shoko/kugetsu#14", "", null, false],
        ["task_assigned", null, "look at it", null, false],
      ])
      expect(new Set(all.map(({ id }) => id)).size).toBe(3)
      expect(all.map(({ timestamp }) => Date.parse(timestamp))).toEqual([
        Date.parse("2026-03-30T09:12:44+02:00"),
        Date.parse("2026-04-01T10:05:00+00:00"),
        0,
      ])
      expect(yield* notifications.markRead).toBe(2)
      const after = JSON.parse(text()) as ReadonlyArray<Record<string, unknown>>
      expect(after.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
      for (const [n, entry] of before.entries()) {
        expect(after[n]).toMatchObject({ ...entry, issue_ref: entry.issue_ref || null, read: true })
      }
    }),
  ),
)

effectTest("notifications of version 1 load whole, and are written back as they were", () =>
  inCopyOf("version-1-notifications", (notifications, text) =>
    Effect.gen(function* () {
      const before = text()
      expect<unknown>(yield* notifications.list).toEqual(JSON.parse(before))
      expect(yield* notifications.markRead).toBe(1)
      expect(text()).toBe(before.replace('"read": false', '"read": true'))
    }),
  ),
)
