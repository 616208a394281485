import { expect } from "bun:test"
import { type News, Notifications } from "@kugetsu/core/Notifications"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const inHome = (
  sentence: string,
  body: (notifications: Notifications["Service"], home: string) => Effect.Effect<void, unknown>,
) =>
  effectTest(sentence, () =>
    Effect.flatMap(temporaryDirectory, (home) =>
      Effect.provide(
        Effect.flatMap(Notifications, (notifications) => body(notifications, home)),
        Layer.provide(Notifications.layer, KugetsuHome.at(home)),
      ),
    ),
  )

const news = (about: string, type: News["type"] = "task_error"): News => ({
  type,
  about,
  message: about,
  issueRef: null,
  url: null,
})

const entry = (n: number, type: string) => ({
  id: `${n}.${type}`,
  timestamp: "2026-11-20T06:30:12.000+00:00",
  type,
  message: String(n),
  issue_ref: null,
  url: null,
  read: false,
})

inHome("the same news is told once", (notifications) =>
  Effect.gen(function* () {
    expect([yield* notifications.tell(news("a")), yield* notifications.tell(news("a"))]).toEqual([true, false])
    expect(yield* notifications.tell(news("a", "task_completed"))).toBe(true)
    expect((yield* notifications.list).length).toBe(2)
  }),
)

inHome("at the limit an old unread error outlives newer steps of tasks", (notifications, home) =>
  Effect.gen(function* () {
    const all = [entry(0, "task_error"), ...Array.from({ length: 999 }, (_, n) => entry(n + 1, "task_started"))]
    fs.writeFileSync(path.join(home, "notifications.json"), JSON.stringify(all))
    yield* notifications.tell(news("b", "needs_input"))
    const kept = yield* notifications.list
    expect(kept.length).toBe(1000)
    expect([kept[0]?.id, kept[1]?.id, kept.at(-1)?.type]).toEqual(["0.task_error", "2.task_started", "needs_input"])
  }),
)

inHome("an unread error that has to go is counted in an entry that a person sees", (notifications, home) =>
  Effect.gen(function* () {
    const all = Array.from({ length: 1000 }, (_, n) => entry(n, "task_error"))
    fs.writeFileSync(path.join(home, "notifications.json"), JSON.stringify(all))
    yield* notifications.tell(news("b"))
    yield* notifications.tell(news("c"))
    const kept = yield* notifications.list
    expect([kept.length, kept.at(-1)?.message]).toEqual([1000, "c"])
    expect(kept[0]).toMatchObject({ type: "notifications_dropped", read: false, dropped: { task_error: 3 } })
  }),
)

inHome("what is told has no secret, whoever said it", (notifications, home) =>
  Effect.gen(function* () {
    fs.mkdirSync(path.join(home, "env"))
    fs.writeFileSync(path.join(home, "env", "dev.env"), "DB_PASSWORD=hunter2hunter2\n")
    const said = { message: "it is hunter2hunter2", url: "https://ann:pw@h/r" }
    yield* notifications.tell({ ...news("a"), ...said })
    yield* notifications.tellLate([{ ...news("b"), ...said, since: "2026-11-20T06:30:12.000+00:00" }])
    for (const { message, url } of yield* notifications.list)
      expect([message, url]).toEqual(["it is ***", "https://***@h/r"])
    expect(yield* notifications.list).toHaveLength(2)
  }),
)
