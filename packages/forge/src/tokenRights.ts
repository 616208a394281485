import type { ForgeType } from "@kugetsu/core/domain/ForgeType"
import type { TokenRights } from "@kugetsu/core/ForgeTokens"
import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { pathOf } from "./GiteaPage.ts"

const orMissing = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

/** GitHub's, Gitea's and Forgejo's. */
const WithPush = Schema.Struct({ permissions: orMissing(Schema.Struct({ push: Schema.Boolean })) })

const Access = orMissing(Schema.Struct({ access_level: Schema.Int }))
const GitLabProject = Schema.Struct({
  permissions: orMissing(Schema.Struct({ project_access: Access, group_access: Access })),
})

/** GitLab's developers push. */
const DEVELOPER = 30

/** What the token may do, as the repository itself tells. */
export const tokenRights = (api: ForgeApi, type: ForgeType) =>
  Effect.fn("TokenRights")(function* ({ name, owner }: Repository) {
    const operation = `what the token may do with ${owner}/${name}`
    if (type !== "gitlab") {
      const { body } = yield* ask(api, operation, WithPush, (signal) => request(api, pathOf({ name, owner }), signal))
      return { mayWrite: body.permissions?.push ?? null } satisfies TokenRights
    }
    const path = `/projects/${encodeURIComponent(`${owner}/${name}`)}`
    const { body } = yield* ask(api, operation, GitLabProject, (signal) => request(api, path, signal))
    const levels = [body.permissions?.project_access, body.permissions?.group_access].flatMap((access) =>
      access ? [access.access_level] : [],
    )
    // the rights of a bot, or of who administers the server, need not be told here
    return { mayWrite: levels.length === 0 ? null : Math.max(...levels) >= DEVELOPER } satisfies TokenRights
  })
