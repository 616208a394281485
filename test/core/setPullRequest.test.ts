import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { newIssueSession } from "@kugetsu/core/domain/Session"
import { Sessions } from "@kugetsu/core/Sessions"
import { setPullRequest } from "@kugetsu/core/setPullRequest"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const ref = new IssueRef({ instance: "example.org", owner: "ann", repository: "tool", identifier: "1" })

effectTest("an issue that is destroyed while its pull request is noted gets no new record", () =>
  Effect.gen(function* () {
    const home = path.join(yield* temporaryDirectory, "home")
    const layers = gitLayers({ root: home, env: { PATH: process.env.PATH ?? "", HOME: home } })
    const url = "https://example.org/ann/tool/pull/7"
    const inHome = <A, E>(effect: Effect.Effect<A, E, Sessions>) => Effect.provide(effect, layers)
    // it was there a moment ago
    const lastSeen = Layer.effect(
      Sessions,
      Effect.map(Sessions, (sessions) => ({
        ...sessions,
        find: () =>
          Effect.succeedSome({ name: "example.org-ann-tool-1", session: newIssueSession(ref, "2026-11-20T06:30:12Z") }),
      })),
    ).pipe(Layer.provideMerge(layers))
    const failure = yield* Effect.flip(Effect.provide(setPullRequest(ref, url), lastSeen))
    expect(failure).toMatchObject({ _tag: "NotTracked" })
    expect(Option.isNone(yield* inHome(Sessions.use((sessions) => sessions.find(ref))))).toBe(true)
    yield* inHome(Sessions.use((sessions) => sessions.update(ref, (session) => session)))
    expect(yield* Effect.provide(setPullRequest(ref, url), layers)).toMatchObject({ pr_url: url })
  }),
)
