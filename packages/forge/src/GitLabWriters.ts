import { Effect, Schema } from "effect"
import { ask, type ForgeApi } from "./ForgeApi.ts"
import { type GitLabCall, perPage } from "./GitLabCall.ts"

export const GitLabUser = Schema.Struct({ id: Schema.Int, username: Schema.String })
type User = typeof GitLabUser.Type

const GitLabMember = Schema.Struct({ id: Schema.Int, access_level: Schema.Int })

/** From here on people may push. */
const developer = 30

/** Who of these people may push. null of each: the token may not see the members. */
export const gitLabWriters = Effect.fnUntraced(
  function* (
    api: ForgeApi,
    call: GitLabCall,
    asked: { readonly project: string; readonly operation: string; readonly people: ReadonlyArray<User> },
  ) {
    const { operation, people, project } = asked
    const ids = [...new Set(people.map(({ id }) => id))]
    const writers = new Set<number>()
    // as many as a page has
    for (let from = 0; from < ids.length; from += perPage) {
      const { body } = yield* ask(
        api,
        operation,
        Schema.Array(GitLabMember),
        call("ProjectMembers", (members) =>
          members.all(project, {
            includeInherited: true,
            userIds: ids.slice(from, from + perPage),
            perPage,
            page: 1,
          }),
        ),
      )
      for (const { access_level, id } of body) if (access_level >= developer) writers.add(id)
    }
    return ({ id }: User): boolean | null => writers.has(id)
  },
  Effect.catchIf(
    ({ reason }) => reason === "forbidden",
    () => Effect.succeed<(user: User) => boolean | null>(() => null),
  ),
)
