import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, read } from "./ForgeApi.ts"
import { apiBase } from "./ForgeAddress.ts"

const Version = Schema.Struct({ version: Schema.NonEmptyString })

/**
 * Asks a server of unknown type what it is; null when it answers as neither. Gitea and Forgejo tell everybody, GitLab
 * tells who is signed in, and refuses everybody else in its own words.
 */
export const probeForge = Effect.fn("ForgeProbe.probeForge")(function* (
  url: string,
  apiAt: (base: string) => ForgeApi,
) {
  const answersAs = (type: ForgeType) => {
    const api = apiAt(apiBase(type, url))
    return ask(api, "what kind of forge it is", Version, (signal) => read(api, "/version", signal)).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ reason }) => reason !== "unavailable" && reason !== "rate_limited",
        ({ detail }) => Effect.succeed(type === "gitlab" && detail === "HTTP 401: 401 Unauthorized"),
      ),
    )
  }
  if (yield* answersAs("gitea")) return "gitea" as const
  return (yield* answersAs("gitlab")) ? ("gitlab" as const) : null
})
