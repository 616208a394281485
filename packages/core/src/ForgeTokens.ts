import { Context, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { AgentName } from "./domain/Run.ts"
import type { ForgeUnknown } from "./PullRequests.ts"
import type { Server } from "./Servers.ts"

/** What a token may do with a repository. */
export interface TokenRights {
  /** Push, and write pull requests and comments; null: the forge does not say. */
  readonly mayWrite: boolean | null
}

/**
 * The port to the forges as far as their tokens go; packages/forge fills it. Each is asked with the token that an agent
 * has for it. What it fails with tells a token that is refused from one that may not look, and from a forge that is out
 * of reach.
 */
export class ForgeTokens extends Context.Service<
  ForgeTokens,
  {
    /** Asks the forge that has an issue's code. */
    readonly rights: (
      ref: IssueRef,
      as: AgentName,
    ) => Effect.Effect<TokenRights & { readonly host: string }, ForgeUnknown>
    /** Asks a server whose the token is, which needs no repository. Done: it takes the token. */
    readonly present: (server: Server, as: AgentName) => Effect.Effect<void, ForgeUnknown>
  }
>()("@kugetsu/core/ForgeTokens") {}
