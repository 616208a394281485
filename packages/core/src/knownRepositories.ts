import { Effect } from "effect"
import { refOf } from "./domain/Session.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"

/** `host/owner/repo` of each repository that a session or repos.json names, in one spelling each. */
export const knownRepositories = Effect.gen(function* () {
  const tracked = (yield* (yield* Sessions).list).flatMap(({ session }) => refOf(session)?.repositoryKey ?? [])
  const known = new Map<string, string>()
  for (const key of [...tracked, ...(yield* (yield* Servers).repositories)]) {
    if (!known.has(key.toLowerCase())) known.set(key.toLowerCase(), key)
  }
  return [...known.values()]
}).pipe(Effect.withSpan("knownRepositories"))
