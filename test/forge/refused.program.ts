// Asks through both client libraries, gets nothing from them but what makes them talk, and prints the reasons.
import { Console, Effect } from "effect"
import { byBranch, forgePullRequests, refAt } from "../kit/forges/forgePullRequests.ts"
import { forgeServer } from "../kit/forges/forgeServer.ts"

const headers = { "content-type": "application/json", deprecation: "true", sunset: "tomorrow" }

await Effect.gen(function* () {
  for (const [type, key] of [
    ["github", "GITHUB_TOKEN"],
    ["gitlab", "GITLAB_TOKEN"],
  ] as const)
    for (const status of [200, 404]) {
      const server = yield* forgeServer(() => ({ status, headers, body: '{"message":"Not Found"}' }))
      const error = yield* Effect.flip(byBranch(refAt(server.host), "fix/issue-4")).pipe(
        Effect.provide(forgePullRequests({ servers: [{ url: server.origin, type }], environment: { [key]: "t" } })),
      )
      yield* Console.log(error.reason)
    }
}).pipe(Effect.scoped, Effect.runPromise)
