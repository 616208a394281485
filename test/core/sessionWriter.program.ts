import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"

/** Appends its letter to one shared issue's branch name and makes issues of its own: `home letter count`. */
const [home, letter, count] = process.argv.slice(2) as [string, string, string]

const issue = (identifier: string) =>
  IssueRef.make({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier })

const writes = Effect.gen(function* () {
  const sessions = yield* Sessions
  for (let n = 0; n < Number(count); n++) {
    yield* sessions.update(issue("1"), (session) => ({
      ...session,
      branch_name: (session.branch_name ?? "") + letter,
    }))
    yield* sessions.update(issue(`${letter}-${n}`), (session) => session)
  }
})

await Effect.runPromise(Effect.provide(writes, Sessions.layer.pipe(Layer.provide(KugetsuHome.at(home)))))
