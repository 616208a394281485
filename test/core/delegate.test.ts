import { expect } from "bun:test"
import { delegate } from "@kugetsu/core/delegate"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { newIssueSession } from "@kugetsu/core/domain/Session"
import { Notifications } from "@kugetsu/core/Notifications"
import * as MemoryQueue from "@kugetsu/core/queue/MemoryQueue"
import { namedText } from "@kugetsu/core/routeOf"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer, Result } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = Result.getOrThrow(parseIssueRef("github.com/a/b#1"))

/** Leaves a task in an initialised home; says where it went, and how often a session was looked up for that. */
const delegated = Effect.fnUntraced(function* (message: string, env: Readonly<Record<string, string>> = {}) {
  let lookups = 0
  const counted = Layer.effect(
    Sessions,
    Effect.map(Sessions, (sessions) => ({
      ...sessions,
      resolve: (reference: Parameters<typeof sessions.resolve>[0]) => {
        lookups++
        return sessions.resolve(reference)
      },
    })),
  )
  const home = KugetsuHome.at(yield* temporaryDirectory)
  const layers = Layer.mergeAll(MemoryQueue.layer, Notifications.layer, Servers.layer).pipe(
    Layer.provideMerge(Settings.layer),
    Layer.provideMerge(counted.pipe(Layer.provideMerge(Sessions.layer))),
    Layer.provideMerge(home),
    Layer.provideMerge(Layer.succeed(HostEnvironment, env)),
  )
  return yield* Effect.gen(function* () {
    const sessions = yield* Sessions
    for (const name of ["base", "pm-agent"] as const) {
      yield* sessions.put(name, { ...newIssueSession(issue, "2026-11-20T06:30:12.000Z"), issue_ref: null })
    }
    const result = yield* Effect.result(delegate({ message, to: null }))
    return { result, lookups }
  }).pipe(Effect.provide(layers))
})

effectTest("of a message that names very many issues a few are looked up and told, and the others counted", () =>
  Effect.gen(function* () {
    const message = Array.from({ length: 80_000 }, (_, n) => `a/b#${n + 1}`).join(" ")
    const { lookups, result } = yield* delegated(message)
    if (result._tag === "Failure" || result.success.route._tag !== "Pm") throw new Error("it is for the PM")
    expect(lookups).toBe(5)
    const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((n) => `github.com/a/b#${n}`)
    expect(namedText(result.success.route.named!)).toBe(`${one}, ${two}, ${three}, ${four}, ${five} and 79995 more`)
    const inside = yield* delegated(message, { KUGETSU_RUN: "r_1" })
    expect(inside.result).toMatchObject({ failure: { message: expect.stringMatching(/#1, .*#5 and 79995 more$/) } })
  }),
)

effectTest("one issue in many spellings is one issue, and a word of dots is none", () =>
  Effect.gen(function* () {
    const spellings = ["a/b#4", "A/B#4.", "github.com/a/b#4", "https://github.com/a/b/issues/4"].join(" ")
    const many = yield* delegated(`${spellings} `.repeat(10_000))
    expect(many.result).toMatchObject({
      success: { route: { _tag: "Issue" }, item: { issue_ref: "github.com/a/b#4" } },
    })
    const dots = yield* delegated(`a${".".repeat(1_000_000)}a`)
    expect(dots.result).toMatchObject({ success: { route: { _tag: "Pm", named: null } } })
  }),
)
