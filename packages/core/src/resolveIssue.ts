import { Effect } from "effect"
import { parseReference } from "./domain/IssueRef.ts"
import { Servers } from "./Servers.ts"
import { Sessions } from "./Sessions.ts"

/** The issue a person means, in any form they type or paste it. */
export const resolveIssue = Effect.fn("resolveIssue")(function* (text: string) {
  const defaultInstance = yield* (yield* Servers).defaultInstance
  const reference = yield* Effect.fromResult(parseReference(text, { defaultInstance }))
  return yield* (yield* Sessions).resolve(reference)
})
