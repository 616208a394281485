import { Context, type Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { IssueText } from "./domain/IssueText.ts"
import type { ForgeUnknown } from "./PullRequests.ts"

/** The port to what is written in issues; packages/forge fills it. `#pr-N` and `#mr-N` are pull requests' conversations. */
export class Issues extends Context.Service<
  Issues,
  {
    readonly read: (ref: IssueRef) => Effect.Effect<IssueText, ForgeUnknown>
    /** After an error that is no refusal the comment may be there all the same: it is sent once and never again. */
    readonly comment: (ref: IssueRef, body: string) => Effect.Effect<{ readonly url: string }, ForgeUnknown>
  }
>()("@kugetsu/core/Issues") {}
