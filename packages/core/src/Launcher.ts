import { Context, type Effect, Schema, type Scope } from "effect"
import { ExitCode, type Failure } from "./domain/Failure.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { QueueItemId } from "./domain/QueueItem.ts"
import type { Receipt } from "./domain/Receipt.ts"
import type { AgentName, RunId } from "./domain/Run.ts"
import type { SettingsSnapshot } from "./Settings.ts"

export interface LaunchRequest {
  readonly agent: AgentName
  /** null for the PM. */
  readonly issue: IssueRef | null
  /** null: continue from where you stopped. */
  readonly message: string | null
  readonly debug: boolean
  /** What the issue has goes to the trash first, and its worktree starts at the base, on a branch that nobody has. */
  readonly fresh?: boolean
  /** The queue's item to claim for the run, once nothing else stands in the way; null: a person starts it. */
  readonly item: QueueItemId | null
  /** The configuration to go by; without it, what the file says now. */
  readonly settings?: SettingsSnapshot
  /** Noted in the session's record as the run is launched, and not when it is refused. */
  readonly pullRequestUrl?: string
}

/** Somebody else has the item, or it was cancelled. */
export class ItemGone extends Schema.TaggedError<ItemGone>()("ItemGone", { item: Schema.String }) {
  readonly code = ExitCode.busy
  override get message() {
    return `${this.item} is not waiting in the queue any more`
  }
  get remedy() {
    return "`kugetsu queue list` shows what became of it."
  }
}

/** Somebody is at work on an issue. */
export class IssueBusy extends Schema.TaggedError<IssueBusy>()("IssueBusy", {
  issue: Schema.String,
  /** The run of its agent; null: it is no agent, but another command. */
  run: Schema.NullOr(Schema.String),
  /** A person has the session on a screen. */
  onScreen: Schema.optionalKey(Schema.Boolean),
}) {
  readonly code = ExitCode.busy
  override get message() {
    if (this.onScreen) return `the session of ${this.issue} is open on a screen (kugetsu open)`
    return this.run === null
      ? `another command is at work on ${this.issue}`
      : `${this.issue} has a running agent (${this.run})`
  }
  get remedy() {
    if (this.onScreen) return "Leave that screen first, with /exit."
    return this.run === null
      ? "Try again in a moment; kugetsu list shows what is running."
      : `Wait for it (kugetsu logs ${this.issue} -f), or end it with: kugetsu stop ${this.issue}`
  }
}

/** The port to the supervisors; packages/daemon fills it. */
export class Launcher extends Context.Service<
  Launcher,
  {
    /**
     * Takes the issue's lock and a slot, writes the request, and starts a supervisor that holds both for as long as it
     * or its agent lives. Fails with `IssueBusy` (75) or `LimitReached` (2), nothing lost.
     */
    readonly launch: (request: LaunchRequest) => Effect.Effect<RunId, Failure>
    /**
     * Keeps every run off an issue (null: the PM) for the scope: what its last run left is ended and settled, and its lock
     * is held. Fails with `IssueBusy` while an agent runs, or another command holds it. Gives what an earlier command took
     * to the trash or brought back, was cut off at, and came to its end now.
     */
    readonly hold: (issue: IssueRef | null) => Effect.Effect<ReadonlyArray<Receipt>, Failure, Scope.Scope>
  }
>()("@kugetsu/core/Launcher") {}
