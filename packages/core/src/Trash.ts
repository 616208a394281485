import { Context, type DateTime, Effect, Layer } from "effect"
import type { ConfigInvalid } from "./domain/Config.ts"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { Receipt, TrashId } from "./domain/Receipt.ts"
import type { GitAccess } from "./GitAccess.ts"
import type { Servers } from "./Servers.ts"
import type { HomeUnusable } from "./system/Files.ts"
import type { Git } from "./system/Git.ts"
import type { GitError } from "./system/GitCommand.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import type { LockBusy } from "./system/Lock.ts"
import type { RemoteUnreachable } from "./system/RemoteUnreachable.ts"
import { type Discard, discard } from "./trash/discard.ts"
import { emptyTrash, removeForGood } from "./trash/emptyTrash.ts"
import { finishMoves, isOf, settleMoves } from "./trash/finishMoves.ts"
import type { TrashRound } from "./trash/inTurn.ts"
import type { NotInTrash } from "./trash/NotInTrash.ts"
import type { NotMovable } from "./trash/NotMovable.ts"
import type { PlaceTaken } from "./trash/PlaceTaken.ts"
import { receiptFiles, type TrashSurvey } from "./trash/ReceiptFiles.ts"
import type { RescueIncomplete } from "./trash/RescueIncomplete.ts"
import { restore } from "./trash/restore.ts"
import type { CloneUrlChanged } from "./worktrees/SharedClone.ts"

export type { Discard } from "./trash/discard.ts"

export type TrashError = GitError | LockBusy | RecordUnreadable | HomeUnusable

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

/**
 * Takes things away so that they come back as they were. Every change can be killed at any moment: it is finished, or
 * taken back, by `finish`, by `settle`, or by the next `discard` or `restore` of the same name.
 */
export class Trash extends Context.Service<
  Trash,
  {
    /** Moves all there is of it, and rescues what git would lose. What fails leaves everything in its place. */
    readonly discard: (what: Discard) => Effect.Effect<Receipt, DiscardError>
    /** What `restore` would bring back, or has brought back and was cut off: of an issue, the newest. */
    readonly find: (which: IssueRef | TrashId) => Effect.Effect<Receipt, NotInTrash | RecordUnreadable | HomeUnusable>
    /**
     * Brings it back; the receipt says what could not be. The caller holds the lock of the issue that `find` names, and
     * for base and PM the PM's.
     * What is refused changes nothing.
     */
    readonly restore: (which: IssueRef | TrashId) => Effect.Effect<Receipt, RestoreError>
    /** The newest first. Fails when any receipt cannot be read; see `survey`. */
    readonly list: Effect.Effect<ReadonlyArray<Receipt>, RecordUnreadable | HomeUnusable>
    /** As `list`, with an error for each unreadable receipt beside the others instead of in their place. */
    readonly survey: Effect.Effect<TrashSurvey, HomeUnusable>
    /**
     * Removes for good what was discarded before then, and never what holds unsaved work. Gives what it removed, and what
     * it could not.
     */
    readonly empty: (before: DateTime.DateTime) => Effect.Effect<TrashRound<TrashError>, HomeUnusable>
    /** Removes one for good, unsaved work or not, also one that is half removed: on a person's word. */
    readonly remove: (id: TrashId) => Effect.Effect<Receipt, TrashError | NotInTrash>
    /**
     * Ends every half-done move whose issue nobody holds the lock of: forward, or back when nothing was moved yet. Gives
     * those it ended, and those it could not end.
     */
    readonly finish: Effect.Effect<TrashRound<TrashError>, HomeUnusable>
    /**
     * As `finish`, of one issue or name, for whoever holds its lock: before anything is made or looked for there. Gives
     * those it ended, or fails. `cloneWaitMs`: how long for a clone that somebody else is at; without it, for as long as a
     * first clone of a big repository takes.
     */
    readonly settle: (
      which: IssueRef | string,
      cloneWaitMs?: number,
    ) => Effect.Effect<ReadonlyArray<Receipt>, TrashError>
  }
>()("@kugetsu/core/Trash") {
  static readonly layer = Layer.effect(
    Trash,
    Effect.gen(function* () {
      const files = receiptFiles(yield* KugetsuHome)
      const services = yield* Effect.context<TrashServices>()
      return {
        discard: (what) => Effect.provide(discard(what), services),
        find: files.find,
        restore: (which) => Effect.provide(restore(which), services),
        list: Effect.flatMap(files.survey, ({ receipts, unreadable }) =>
          unreadable[0] === undefined ? Effect.succeed(receipts) : Effect.fail(unreadable[0]),
        ),
        survey: files.survey,
        empty: (before) => Effect.provide(emptyTrash(before), services),
        remove: (id) => Effect.provide(removeForGood(id), services),
        finish: Effect.provide(finishMoves, services),
        settle: (which, cloneWaitMs) => Effect.provide(settleMoves(isOf(which), cloneWaitMs), services),
      }
    }),
  )
}

type TrashServices = KugetsuHome | Git | GitAccess | Servers
