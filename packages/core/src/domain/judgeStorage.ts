import * as path from "node:path"
import { type Mismatch, sameOwner } from "./Isolation.ts"

/** Whose a private storage is, and which session was made in it, where. */
export interface StorageOwner {
  readonly owner: string
  readonly session: string
  readonly directory: string
}

/** What a private storage has before a turn is prepared. */
export interface StorageFacts {
  /** null: it is from before there were marks, or new. */
  readonly mark: StorageOwner | null
  readonly sessions: ReadonlyArray<{ readonly id: string; readonly directory: string }>
}

export interface StorageWanted {
  readonly owner: string
  /** Absolute, without symbolic links. */
  readonly directory: string
  /** The session that the record names. */
  readonly known: string | null
}

export type StorageVerdict =
  /** The session is bound to the place, or there is none yet. */
  | { readonly _tag: "Usable" }
  /** It is the session that was made for this issue, and its place has moved since: the conversation goes along. */
  | { readonly _tag: "Moved" }
  /** Nothing may be started in it, and its conversation is not the issue's. */
  | { readonly _tag: "Foreign"; readonly session: string | null; readonly mismatch: Mismatch }

export const judgeStorage = ({ mark, sessions }: StorageFacts, wanted: StorageWanted): StorageVerdict => {
  const { directory, known, owner } = wanted
  const session = sessions.find(({ id }) => id === known) ?? sessions.find(({ id }) => id === mark?.session)
  if (mark !== null && !sameOwner(mark.owner, owner)) {
    const mismatch: Mismatch = { tie: "storage", expected: owner, found: mark.owner }
    return { _tag: "Foreign", session: (session ?? sessions[0])?.id ?? null, mismatch }
  }
  const candidates = session === undefined ? sessions : [session]
  if (candidates.length === 0 || candidates.some((one) => one.directory === directory)) return { _tag: "Usable" }
  const misplaced = session ?? sessions[0]!
  if (isOwnSession({ mark, directory }, misplaced)) return { _tag: "Moved" }
  const mismatch: Mismatch = { tie: "directory", expected: directory, found: misplaced.directory }
  return { _tag: "Foreign", session: misplaced.id, mismatch }
}

/**
 * Whether a session that is bound elsewhere is nevertheless the one that was made for the issue. Before there were
 * marks, only the name of its directory tells: the home's own directories are named after the issue.
 */
const isOwnSession = (
  { directory, mark }: { readonly directory: string; readonly mark: StorageOwner | null },
  session: { readonly id: string; readonly directory: string },
): boolean =>
  mark === null
    ? path.basename(session.directory) === path.basename(directory)
    : session.id === mark.session && session.directory === mark.directory

/** Whether a kept conversation is the issue's own, and may go on in another session. `directory`: null where it does not say. */
export const isOwnConversation = (
  kept: { readonly id: string; readonly directory: string | null },
  { mark, owner, directory }: { readonly mark: StorageOwner | null } & Pick<StorageWanted, "owner" | "directory">,
): boolean => {
  if (mark !== null && !sameOwner(mark.owner, owner)) return false
  if (kept.directory === null || kept.directory === directory) return true
  if (mark === null) return path.basename(kept.directory) === path.basename(directory)
  return kept.id === mark.session || kept.directory === mark.directory
}
