import { IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { listSessions } from "@kugetsu/core/listSessions"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { expect } from "bun:test"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (identifier: string) =>
  new IssueRef({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier })

const inHome = <A, E>(body: Effect.Effect<A, E, Sessions | KugetsuHome>) =>
  Effect.gen(function* () {
    const home = KugetsuHome.at(yield* temporaryDirectory)
    return yield* Effect.provide(body, Sessions.layer.pipe(Layer.provideMerge(home)))
  })

effectTest("a session is active exactly while somebody holds its issue, whatever its file says", () =>
  inHome(
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const home = yield* KugetsuHome
      yield* sessions.update(issue("1"), (session) => ({ ...session, state: "active" }))
      yield* sessions.update(issue("2"), (session) => ({ ...session, state: "completed" }))
      yield* sessions.update(issue("3"), (session) => ({ ...session, state: "timeout" }))
      const held = Effect.scoped(
        Effect.andThen(
          acquire(home.issueLock(lockNameOf(issue("2"))), { waitMs: 0 }),
          Effect.map(listSessions, statesOf),
        ),
      )
      expect(yield* held).toEqual(["idle", "active", "timeout"])
      expect(statesOf(yield* listSessions)).toEqual(["idle", "completed", "timeout"])
    }),
  ),
)

effectTest("a broken file hides no other session", () =>
  inHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      yield* (yield* Sessions).update(issue("1"), (session) => session)
      fs.writeFileSync(home.sessionFile("github.com-a-b-1.json"), "{")
      const { sessions, unreadable } = yield* listSessions
      expect([sessions.length, unreadable.length]).toEqual([1, 1])
    }),
  ),
)

const statesOf = ({ sessions }: { readonly sessions: ReadonlyArray<{ readonly state: string }> }) =>
  sessions.map(({ state }) => state)
