import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { Server } from "@kugetsu/core/Servers"
import { Clock, Effect } from "effect"
import type { ApiAt } from "./ForgeConnection.ts"
import { probeForge } from "./ForgeProbe.ts"
import { knownForges } from "./KnownForges.ts"
import { type Obstacle, obstacle } from "./Obstacle.ts"
import { untilOf } from "./Unanswered.ts"

/** For as long is a server believed what it said of itself, in milliseconds; then strange answers make it be asked again. */
const believedMs = 600_000

/** What kind of forge a server is: as configured, as remembered, or as it says itself. */
export const forgeKinds = Effect.gen(function* () {
  const known = yield* knownForges
  const learntAt = new Map<string, number>()

  const learn = Effect.fn("ForgeKind.learn")(function* (
    url: string,
    apiAt: ApiAt,
  ): Effect.fn.Return<ForgeType, Obstacle> {
    const type = yield* probeForge(url, apiAt).pipe(
      // an outage says nothing of what it is
      Effect.mapError(({ detail, reason, until }): Obstacle => ({
        reason,
        detail: `what it is could not be learnt: ${detail}`,
        remedy: null,
        until: untilOf(reason, until),
      })),
    )
    if (type === null) return yield* obstacle("unknown_forge", "it is neither a GitHub, GitLab, Gitea nor Forgejo")
    learntAt.set(url, yield* Clock.currentTimeMillis)
    yield* known.keep(url, type)
    return type
  })

  return {
    of: Effect.fn("ForgeKind.of")(function* ({ type, url }: Server, apiAt: ApiAt) {
      return type ?? (yield* known.find(url)) ?? (yield* learn(url, apiAt))
    }),
    /** After an answer that such a forge does not give: what the server is now; null: nothing else, as far as is known. */
    another: Effect.fn("ForgeKind.another")(function* ({ type, url }: Server, apiAt: ApiAt, believed: ForgeType) {
      const now = yield* Clock.currentTimeMillis
      if (type !== null || now - (learntAt.get(url) ?? -believedMs) < believedMs) return null
      learntAt.set(url, now)
      const found = yield* Effect.orElseSucceed(learn(url, apiAt), () => null)
      return found === believed ? null : found
    }),
  }
})
