import { Context, type Effect, type Option } from "effect"
import type { IssueRef, Reference } from "./domain/IssueRef.ts"
import type { Session } from "./domain/Session.ts"
import type { Failure } from "./domain/Failure.ts"

/** A session file with its place. */
export interface TrackedSession {
  /** File name without `.json`: the issue's slug, `base` or `pm-agent`. */
  readonly name: string
  readonly session: Session
}

/** The session files are the truth; index.json is rebuilt from them whenever it disagrees. */
export class Sessions extends Context.Service<
  Sessions,
  {
    /** Every session: base, PM, then issues by ref. */
    readonly list: Effect.Effect<ReadonlyArray<TrackedSession>, Failure>
    readonly base: Effect.Effect<Option.Option<Session>, Failure>
    readonly pm: Effect.Effect<Option.Option<Session>, Failure>
    readonly find: (ref: IssueRef) => Effect.Effect<Option.Option<TrackedSession>, Failure>
    /** The issue a reference means: for a pull request the one that owns its URL, else the `pr-N` ref itself. */
    readonly resolve: (reference: Reference) => Effect.Effect<IssueRef, Failure>
    /** The file name an issue has or would get: its slug, with a short hash where another issue has that one. */
    readonly nameOf: (ref: IssueRef) => Effect.Effect<string, Failure>
    /** Writes the issue's record, making it when there is none, and the index. */
    readonly update: (ref: IssueRef, change: (session: Session) => Session) => Effect.Effect<TrackedSession, Failure>
    /** Writes the base or PM record, and the index. */
    readonly put: (name: "base" | "pm-agent", session: Session) => Effect.Effect<void, Failure>
    /** Fails unless `init` has run: the four words of `kugetsu status`. */
    readonly status: Effect.Effect<
      "ok" | "kugetsu_not_initialized" | "base_session_missing" | "pm_agent_missing",
      Failure
    >
  }
>()("@kugetsu/core/Sessions") {}
