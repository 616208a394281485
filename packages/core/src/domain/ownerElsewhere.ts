import * as path from "node:path"
import type { TrackedSession } from "./Session.ts"

/** A session that a record names, and the directory the engine keeps it in. */
export interface ClaimedSession {
  /** Of the file that names it. */
  readonly name: string
  readonly id: string
  readonly directory: string
  /** Of the session that issues' sessions were forked from; null: it is not known. */
  readonly baseDirectory: string | null
  /** The repository that the directory is in, where it is not the issue's. */
  readonly otherRepository: string | null
}

/**
 * Why a session is rather another record's than that of the file `name`, in words; null when nothing speaks against it.
 * Records got mixed up in the first kugetsu: an id of the PM in an issue's file, or one id in two; and people paste ids. A
 * session may be bound to a directory that is nobody's worktree, since a fork kept the directory that it was forked in.
 */
export const ownerElsewhere = (
  { baseDirectory, directory, id, name, otherRepository }: ClaimedSession,
  sessions: ReadonlyArray<TrackedSession>,
): string | null => {
  const isWorktreeOf = (tracked: TrackedSession): boolean =>
    tracked.session.type === "forked" &&
    (samePlace(tracked.session.worktree_path, directory) || path.basename(directory) === tracked.name)
  const own = sessions.find((tracked) => tracked.name === name)
  if (own !== undefined && isWorktreeOf(own)) return null
  const others = sessions.filter((tracked) => tracked.name !== name)
  const worker = others.find(isWorktreeOf)
  if (worker !== undefined) return `it worked in ${directory}, the worktree of ${nameOf(worker)}`
  const claimant = others.find(({ session }) => session.opencode_session_id === id)
  if (claimant !== undefined) return `it is recorded for ${nameOf(claimant)}, too`
  if (samePlace(baseDirectory, directory)) return null
  if (path.basename(directory) !== name && isNamedAsWorktree(directory))
    return `it worked in ${directory}, which is named like the worktree of another issue`
  return otherRepository === null ? null : `it worked in ${directory}, which belongs to ${otherRepository}`
}

/** As an issue's, `host.org-owner-repository-14`, or where only such are. */
const isNamedAsWorktree = (directory: string): boolean =>
  /[^/]\.[^/]*(-[^/]+){3}\/?$/.test(directory) || /\/\.kugetsu(\/|-)worktrees\/[^/]+\/?$/.test(directory)

const samePlace = (recorded: string | null, directory: string): boolean =>
  recorded !== null && path.resolve(recorded) === path.resolve(directory)

const nameOf = ({ name, session }: TrackedSession): string =>
  session.type === "base" ? "the base" : session.type === "pm_agent" ? "the PM" : (session.issue_ref ?? name)
