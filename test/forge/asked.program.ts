// Asks the Gitea at the address of the first argument for the branch's pull request, and prints what comes of it. The
// environment is that of the process, as it is for kugetsu itself.
import { Console, Effect } from "effect"
import { byBranch, forgePullRequests, refAt } from "../kit/forges/forgePullRequests.ts"

const proxies = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (/_proxy$/i.test(name) && value ? [[name, value]] : [])),
)
const [url = ""] = process.argv.slice(2)
await byBranch(refAt(new URL(url).host), "fix/issue-4").pipe(
  Effect.match({
    onFailure: (error) => `${error.reason} ${error.message} ${error.remedy}`,
    onSuccess: (found) => `found ${found?.url ?? "none"}`,
  }),
  Effect.flatMap(Console.log),
  Effect.provide(
    forgePullRequests({
      servers: [{ url, type: "gitea" }],
      environment: { GITEA_TOKEN: process.env.GITEA_TOKEN ?? "", ...proxies },
    }),
  ),
  Effect.runPromise,
)
