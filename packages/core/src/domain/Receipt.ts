import { Result, Schema } from "effect"
import { type IssueRef, parseIssueRef, sameIssue } from "./IssueRef.ts"

/** `t_` + UTC time with milliseconds + random tail, so that names sort by time: `t_20261120T063012345_k3f9qa`. */
export const TrashId = Schema.String.check(Schema.isPattern(/^t_\d{8}T\d{9}_[0-9a-z]{6}$/)).pipe(
  Schema.brand("TrashId"),
)
export type TrashId = typeof TrashId.Type

export const isTrashId = Schema.is(TrashId)

const tailLength = 6

/** `random` is a number from 0 to below 1. */
export const newTrashId = (at: Date, random: number): TrashId => {
  const time = at.toISOString().replace(/[-:.Z]/g, "")
  const tail = Math.floor(random * 36 ** tailLength).toString(36)
  return TrashId.make(`t_${time}_${tail.padStart(tailLength, "0")}`)
}

/** Why something went to the trash. */
export const DiscardReason = Schema.Literals(["destroy", "prune", "cleanup", "fresh", "init"])
export type DiscardReason = typeof DiscardReason.Type

/**
 * `moving`: on its way into the trash. `done`: in it. `restoring`: on its way back. `restored`: back, and what was made
 * for the rescue is being removed. `removing`: being removed for good. Only `done` lasts.
 */
export const ReceiptState = Schema.Literals(["moving", "done", "restoring", "restored", "removing"])
export type ReceiptState = typeof ReceiptState.Type

/** One rename: what has one name lies in one of the two places, never in both. */
export const TrashMove = Schema.Struct({
  /** `worktree`: the directory, whatever it is; `admin`: what git knows of it inside its repository. */
  what: Schema.Literals(["admin", "worktree", "agent", "context", "session"]),
  /** Absolute. */
  from: Schema.String,
  /** Absolute: in the receipt's directory, or on the file system of `from` where that is another. */
  to: Schema.String,
})
export type TrashMove = typeof TrashMove.Type

const RescuedRef = Schema.Struct({ name: Schema.String, sha: Schema.String })

/** `trash/ID/receipt.json`: what was taken, why it was allowed, and how it comes back. */
export const Receipt = Schema.Struct({
  version: Schema.Literal(1),
  id: TrashId,
  state: ReceiptState,
  /** Where the home was; paths in it are taken from where it is now. */
  home: Schema.String,
  /** null: base, PM, or something that no record told the issue of. */
  issue_ref: Schema.NullOr(Schema.String),
  /** Its name in sessions/, worktrees/, agents/ and context/. */
  name: Schema.String,
  because: DiscardReason,
  forced: Schema.Boolean,
  /** Sentences, each a fact for which it was allowed. */
  evidence: Schema.Array(Schema.String),
  /** Nothing in it was unsaved. What is false here stays until a person removes it. */
  saved: Schema.Boolean,
  discarded_at: Schema.String,
  moves: Schema.Array(TrashMove),
  /** The repository that the worktree hangs off; null: it was none's, or there was no worktree. */
  clone: Schema.NullOr(Schema.String),
  /** The issue's branch; null: it was not there. `removed`: it is no longer in the repository. */
  branch: Schema.NullOr(Schema.Struct({ name: Schema.String, sha: Schema.String, removed: Schema.Boolean })),
  /** What was checked out; `branch` null: detached, `sha` null: no commit yet. */
  head: Schema.NullOr(Schema.Struct({ branch: Schema.NullOr(Schema.String), sha: Schema.NullOr(Schema.String) })),
  /** Refs of the repository that keep what nothing else would, full names. */
  refs: Schema.Array(RescuedRef),
  /** The issue's stashes, oldest first; each has a ref. */
  stashes: Schema.Array(Schema.Struct({ sha: Schema.String, message: Schema.String })),
  /** The file with what the remote did not have at that moment; null: there was nothing. */
  bundle: Schema.NullOr(Schema.String),
  /** The file with the branch's reflog; null: there was none. */
  reflog: Schema.NullOr(Schema.String),
  /** The command that brings back this one, whatever else of the issue went later. */
  restore: Schema.String,
  /** What could not be brought back, once it was. */
  missing: Schema.Array(Schema.String),
})
export type Receipt = typeof Receipt.Type

/** The receipt as it is in a home that was moved to `root`. */
export const relocated = (receipt: Receipt, root: string): Receipt => {
  if (receipt.home === root) return receipt
  const now = (path: string) =>
    path.startsWith(`${receipt.home}/`) ? `${root}${path.slice(receipt.home.length)}` : path
  const nowOrNull = (path: string | null) => (path === null ? null : now(path))
  return {
    ...receipt,
    home: root,
    moves: receipt.moves.map(({ from, to, what }) => ({ what, from: now(from), to: now(to) })),
    clone: nowOrNull(receipt.clone),
    bundle: nowOrNull(receipt.bundle),
    reflog: nowOrNull(receipt.reflog),
  }
}

/** The refs that keep what was rescued are below this. */
export const refsOf = (id: TrashId): string => `refs/kugetsu/trash/${id}/`

/** What a person calls it. */
export const subjectOf = (receipt: Receipt): string => receipt.issue_ref ?? receipt.name

export const isOfIssue = (receipt: Receipt, ref: IssueRef): boolean => {
  const own = receipt.issue_ref === null ? Result.fail(null) : parseIssueRef(receipt.issue_ref)
  return Result.isSuccess(own) && sameIssue(own.success, ref)
}
