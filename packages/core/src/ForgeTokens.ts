import { Context, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { ForgeUnknown } from "./PullRequests.ts"

/** What a token may do with a repository. */
export interface TokenRights {
  /** Push, and write pull requests and comments; null: the forge does not say. */
  readonly mayWrite: boolean | null
}

/** The port to the forges as far as their tokens go; packages/forge fills it. */
export class ForgeTokens extends Context.Service<
  ForgeTokens,
  {
    /**
     * Asks the forge that has an issue's code, with the token for it. What it fails with tells a token that is refused
     * from one that may not look, and from a forge that is out of reach.
     */
    readonly rights: (ref: IssueRef) => Effect.Effect<TokenRights & { readonly host: string }, ForgeUnknown>
  }
>()("@kugetsu/core/ForgeTokens") {}
