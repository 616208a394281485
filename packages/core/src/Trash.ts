import { Context, type DateTime, type Effect } from "effect"
import type { ConfigInvalid } from "./domain/Config.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { DiscardReason, Receipt, TrashId } from "./domain/Receipt.ts"
import type { HomeUnusable } from "./system/Files.ts"
import type { GitError } from "./system/GitCommand.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"
import type { LockBusy } from "./system/Lock.ts"
import type { RemoteUnreachable } from "./system/RemoteUnreachable.ts"
import type { NotInTrash } from "./trash/NotInTrash.ts"
import type { NotMovable } from "./trash/NotMovable.ts"
import type { PlaceTaken } from "./trash/PlaceTaken.ts"
import type { RescueIncomplete } from "./trash/RescueIncomplete.ts"
import type { CloneUrlChanged } from "./worktrees/SharedClone.ts"

/** What goes. The caller holds the issue's lock from the first fact to the end of the move. */
export interface Discard {
  /** null: base, PM, or something without a record that tells its issue. */
  readonly ref: IssueRef | null
  /** The name in sessions/, worktrees/, agents/ and context/; what is there goes. */
  readonly name: string
  /** Absolute; null: there is none. */
  readonly worktree: string | null
  /** The record's branch. */
  readonly branch: string | null
  readonly because: DiscardReason
  readonly forced: boolean
  /** Why it was allowed. */
  readonly evidence: ReadonlyArray<string>
  /** Nothing in it was unsaved: after a time it may be removed for good. */
  readonly saved: boolean
}

type TrashError = GitError | LockBusy | RecordUnreadable | HomeUnusable

export type DiscardError = TrashError | NotMovable

export type RestoreError =
  | TrashError
  | NotInTrash
  | PlaceTaken
  | RescueIncomplete
  // the shared clone was lost and is made again
  | RemoteUnreachable
  | CloneUrlChanged
  | ConfigInvalid

/** What was understood, and an error for each receipt that was not. */
export interface TrashSurvey {
  readonly receipts: ReadonlyArray<Receipt>
  readonly unreadable: ReadonlyArray<RecordUnreadable>
}

/**
 * Takes things away so that they come back as they were. Every change can be killed at any moment: it is finished, or
 * taken back, by `finish`, by `settle`, or by the next `discard` or `restore` of the same name.
 */
export class Trash extends Context.Service<
  Trash,
  {
    /** Moves all there is of it, and rescues what git would lose. What fails leaves everything in its place. */
    readonly discard: (what: Discard) => Effect.Effect<Receipt, DiscardError>
    /** What `restore` would bring back: of an issue, the newest. */
    readonly find: (which: IssueRef | TrashId) => Effect.Effect<Receipt, NotInTrash | RecordUnreadable | HomeUnusable>
    /**
     * Brings it back; the receipt says what could not be. The caller holds the lock of the issue that `find` names.
     * What is refused changes nothing.
     */
    readonly restore: (which: IssueRef | TrashId) => Effect.Effect<Receipt, RestoreError>
    /** The newest first. Fails when any receipt cannot be read; see `survey`. */
    readonly list: Effect.Effect<ReadonlyArray<Receipt>, RecordUnreadable | HomeUnusable>
    /** As `list`, with an error for each unreadable receipt beside the others instead of in their place. */
    readonly survey: Effect.Effect<TrashSurvey, HomeUnusable>
    /** Removes for good what was discarded before then, and never what holds unsaved work. */
    readonly empty: (before: DateTime.DateTime) => Effect.Effect<ReadonlyArray<Receipt>, TrashError>
    /** Removes one for good, unsaved work or not: on a person's word. */
    readonly remove: (id: TrashId) => Effect.Effect<Receipt, TrashError | NotInTrash>
    /**
     * Ends every half-done move whose issue nobody holds the lock of: forward, or back when nothing was moved yet. Gives
     * those it ended.
     */
    readonly finish: Effect.Effect<ReadonlyArray<Receipt>, TrashError>
    /** As `finish`, of one name, for whoever holds its issue's lock: before anything is made or looked for there. */
    readonly settle: (name: string) => Effect.Effect<ReadonlyArray<Receipt>, TrashError>
  }
>()("@kugetsu/core/Trash") {}
