import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import type { GitHubCall } from "./GitHubCall.ts"

/** Who wrote something. */
export const writtenBy = {
  /** null: the account was deleted. */
  user: Schema.NullOr(Schema.Struct({ login: Schema.String })),
  /** What they are to the repository; missing on old Enterprise servers. */
  author_association: Schema.optional(Schema.NullOr(Schema.String)),
}

interface Written {
  readonly user: { readonly login: string } | null
  readonly author_association?: string | null | undefined
}

/** The name that GitHub's own pages give to accounts that were deleted. */
export const nameOf = ({ user }: Written): string => user?.login ?? "ghost"

/** Who was let in by an owner, perhaps only to read. */
const isLetIn = ({ author_association }: Written): boolean =>
  author_association === "MEMBER" || author_association === "COLLABORATOR"

/** People whose permission is asked for, one by one; of others it stays unknown. */
const mostAsked = 10

/**
 * Who may write: owners may, and of members and collaborators it is asked; nobody else can. null: it is not told.
 */
export const gitHubWriters = Effect.fnUntraced(function* (
  api: ForgeApi,
  call: GitHubCall,
  asked: { readonly repository: Repository; readonly operation: string; readonly written: ReadonlyArray<Written> },
) {
  const logins = new Set(asked.written.filter(isLetIn).flatMap(({ user }) => user?.login ?? []))
  const writers = new Map<string, boolean | null>()
  // the newest words are the last
  for (const login of [...logins].slice(-mostAsked)) {
    const { mayWrite, tellsMore } = yield* permissionOf(api, call, { ...asked, login })
    writers.set(login, mayWrite)
    if (!tellsMore) break
  }
  return (it: Written): boolean | null => {
    if (it.author_association == null) return null
    if (isLetIn(it)) return it.user === null ? null : (writers.get(it.user.login) ?? null)
    return it.author_association === "OWNER"
  }
})

interface Permission {
  readonly mayWrite: boolean | null
  /** Of other people it may be told. */
  readonly tellsMore: boolean
}

const permissionOf = (
  api: ForgeApi,
  call: GitHubCall,
  { login, operation, repository }: { readonly login: string; readonly operation: string; repository: Repository },
) =>
  ask(
    api,
    operation,
    Schema.Struct({ permission: Schema.String }),
    call((rest, options) =>
      rest.repos.getCollaboratorPermissionLevel({
        ...options,
        owner: repository.owner,
        repo: repository.name,
        username: login,
      }),
    ),
  ).pipe(
    // a role between two goes by the lower one
    Effect.map(({ body }): Permission => ({
      mayWrite: ["write", "admin"].includes(body.permission),
      tellsMore: true,
    })),
    Effect.catchIf(
      ({ reason }) => reason === "forbidden" || reason === "not_found",
      ({ reason }) => Effect.succeed<Permission>({ mayWrite: null, tellsMore: reason === "not_found" }),
    ),
  )
