import { Effect, Result } from "effect"
import { type Finding, problem } from "../domain/Finding.ts"
import { type IssueRef, parseIssueRef } from "../domain/IssueRef.ts"
import { instanceOfServer } from "../domain/ServerAddress.ts"
import { refOf } from "../domain/Session.ts"
import { codePlace } from "../ForgePlace.ts"
import { type Server, Servers } from "../Servers.ts"
import { surveySessions } from "./checkSessions.ts"

/** By host, the servers that have code of a repository which a session or repos.json names, each with one of these. */
export const repositoryServers = Effect.gen(function* () {
  const servers = yield* Servers
  const { sessions } = yield* surveySessions
  const tracked = sessions.flatMap(({ session }) => refOf(session) ?? [])
  const named = (yield* servers.repositories).flatMap((key) =>
    Result.match(parseIssueRef(`${key}#1`), { onSuccess: (ref) => [ref], onFailure: () => [] }),
  )
  const found = new Map<string, { readonly server: Server; readonly ref: IssueRef }>()
  const faults: Array<Finding> = []
  for (const ref of [...tracked, ...named]) {
    const place = yield* Effect.result(codePlace(servers, ref))
    // a repository on this machine, or one that only ssh knows
    if (place._tag === "Failure") {
      if (place.failure._tag !== "NoForge") {
        faults.push(problem(ref.toString(), place.failure.message, place.failure.remedy))
      }
      continue
    }
    const { server } = place.success
    const host = instanceOfServer(server.url)
    if (!found.has(host)) found.set(host, { server, ref })
  }
  return { found, faults }
}).pipe(Effect.withSpan("repositoryServers"))
