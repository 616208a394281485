import { Effect } from "effect"
import { GitAccess } from "../GitAccess.ts"
import type { Remote } from "../system/Git.ts"

/** A repository elsewhere, with what git needs to reach it. */
export const remoteAt = Effect.fn("remoteAt")(function* (url: string) {
  const access = yield* GitAccess
  const token = yield* access.tokenVariable(url)
  return { url, token, env: yield* access.environment(url) } satisfies Remote
})
