import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import { Effect, Schema } from "effect"
import { apiBase } from "./ForgeAddress.ts"
import { answerTo, request } from "./ForgeApi.ts"
import type { ApiAt } from "./ForgeConnection.ts"
import type { TransportFailure } from "./TransportFailure.ts"

const Version = Schema.Struct({ version: Schema.NonEmptyString })

/**
 * Asks a server of unknown type what it is; null when it answers as neither. Gitea and Forgejo tell everybody, GitLab
 * tells who is signed in, and refuses everybody else in its own words.
 */
export const probeForge = Effect.fn("ForgeProbe.probeForge")(function* (url: string, apiAt: ApiAt) {
  const answersAs = (type: ForgeType) => {
    const api = apiAt(type, apiBase(type, url))
    return answerTo(Version, (signal) => request(api, "/version", signal)).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ reason }) => reason !== "unavailable" && reason !== "rate_limited",
        (failure) => Effect.succeed(type === "gitlab" && refusesAsGitLab(failure)),
      ),
    )
  }
  if (yield* answersAs("gitea")) return "gitea" as const
  return (yield* answersAs("gitlab")) ? ("gitlab" as const) : null
})

/** No token or a wrong one, one that is revoked or has expired, one that may not read this. */
const refusesAsGitLab = ({ reason, said }: TransportFailure): boolean =>
  (reason === "unauthorised" && /^(401 unauthorized|invalid_token)\b/i.test(said ?? "")) ||
  (reason === "forbidden" && /^insufficient_scope\b/i.test(said ?? ""))
