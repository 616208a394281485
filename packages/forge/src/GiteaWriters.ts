import { Effect, Schema } from "effect"
import { ask, type ForgeApi, request } from "./ForgeApi.ts"
import type { Repository } from "./ForgeClient.ts"
import { pathOf } from "./GiteaPage.ts"

/** Who wrote something. */
export const writtenBy = {
  /** null: the account was deleted, or the text came from another forge. */
  user: Schema.NullOr(Schema.Struct({ login: Schema.String })),
  /** A name at another forge. */
  original_author: Schema.optional(Schema.NullOr(Schema.String)),
}

interface Written {
  readonly user: { readonly login: string } | null
  readonly original_author?: string | null | undefined
}

/** The server's own pages give that name to accounts that were deleted. */
export const nameOf = ({ original_author, user }: Written): string => original_author || user?.login || "Ghost"

/** People whose permission is asked for, one by one; of others it stays unknown. */
const mostAsked = 10

/**
 * Who may write. Nobody else can be given an issue, but members of a team that only reads pull requests can: what counts
 * is the permission, and that is told to who administers the repository. null: it is not told.
 */
export const giteaWriters = Effect.fnUntraced(function* (
  api: ForgeApi,
  repository: Repository,
  { operation, written }: { readonly operation: string; readonly written: ReadonlyArray<Written> },
) {
  // a name from another forge says nothing of who may write here
  const loginOf = (it: Written) => (it.original_author ? null : (it.user?.login ?? null))
  const logins = [...new Set(written.map(loginOf).filter((login) => login !== null))]
  const people = logins.length === 0 ? new Set<string>() : yield* assignable(api, repository, operation)
  // the newest words are the last
  const asked = logins.filter((login) => people?.has(login)).slice(-mostAsked)
  const writers = new Map<string, boolean | null>()
  for (const login of asked) {
    const answer = yield* permissionOf(api, repository, { login, operation })
    writers.set(login, answer)
    // nor will it tell of the others
    if (answer === null) break
  }
  return (it: Written): boolean | null => {
    const login = loginOf(it)
    if (login === null) return people === null ? null : false
    if (people === null) return null
    return people.has(login) ? (writers.get(login) ?? null) : false
  }
})

/** null: the token may not see who that is. */
const assignable = (api: ForgeApi, repository: Repository, operation: string) =>
  orUntold(
    ask(api, operation, Schema.Array(Schema.Struct({ login: Schema.String })), (signal) =>
      request(api, `${pathOf(repository)}/assignees`, signal),
    ).pipe(Effect.map(({ body }) => new Set(body.map(({ login }) => login)))),
  )

const permissionOf = (
  api: ForgeApi,
  repository: Repository,
  { login, operation }: { readonly login: string; readonly operation: string },
) =>
  orUntold(
    ask(api, operation, Schema.Struct({ permission: Schema.String }), (signal) =>
      request(api, `${pathOf(repository)}/collaborators/${encodeURIComponent(login)}/permission`, signal),
    ).pipe(Effect.map(({ body }) => ["write", "admin", "owner"].includes(body.permission))),
  )

/** Old servers have no such pages. */
const orUntold = <A, E extends { readonly reason: string }, R>(asked: Effect.Effect<A, E, R>) =>
  asked.pipe(
    Effect.catchIf(
      ({ reason }) => reason === "forbidden" || reason === "not_found",
      () => Effect.succeed(null),
    ),
  )
