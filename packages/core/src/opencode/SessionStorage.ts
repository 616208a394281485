import { Database, SQLiteError } from "bun:sqlite"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { ExitCode } from "../domain/Failure.ts"
import { pinnedVersion } from "./OpencodeBinary.ts"
import type { PermissionRule } from "./PermissionRules.ts"
import type { ConversationSize } from "./SessionExport.ts"

/** A private database that kugetsu does not understand, or cannot open now. It is left as it is. */
export class SessionUnreadable extends Schema.TaggedError<SessionUnreadable>()("SessionUnreadable", {
  database: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `the session in ${this.database} cannot be read: ${this.reason}`
  }
  get remedy() {
    return `Nothing was changed. kugetsu is tested with opencode ${pinnedVersion}; another version may keep sessions in another form.`
  }
}

/** A session that has no parent: one that turns can be made in. */
export interface StoredSession extends ConversationSize {
  readonly id: string
  /** Where its tools run, whatever directory opencode is started in. */
  readonly directory: string
}

export type Stored =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Damaged"; readonly reason: string }
  /** The newest first. */
  | { readonly _tag: "Sessions"; readonly sessions: ReadonlyArray<StoredSession> }

/** Reads opencode's own tables: 1 ms, where asking opencode takes a second. */
export const readStored = (database: string, open = openToRead): Effect.Effect<Stored, SessionUnreadable> =>
  Effect.try({
    try: () => (fs.existsSync(database) ? readDatabase(database, open) : missing),
    catch: (cause) => new SessionUnreadable({ database, reason: String(cause) }),
  })

const missing: Stored = { _tag: "Missing" }

const openToRead = (database: string): Database => new Database(database, { readonly: true, strict: true })

const readDatabase = (database: string, open: typeof openToRead): Stored => {
  try {
    return readSessions(database, open)
  } catch (cause) {
    if (isDamage(cause)) return { _tag: "Damaged", reason: String(cause) }
    throw cause
  }
}

const readSessions = (database: string, open: typeof openToRead): Stored => {
  using db = open(database)
  db.run("PRAGMA busy_timeout = 5000")
  if (db.query("SELECT 1 FROM sqlite_master").get() === null) return { _tag: "Damaged", reason: "it has no tables" }
  const sessions = db
    .query<StoredSession, []>(
      `SELECT id, directory,
         (SELECT count(*) FROM message WHERE session_id = session.id) AS messages,
         (SELECT count(*) FROM part WHERE session_id = session.id) AS parts
       FROM session WHERE parent_id IS NULL ORDER BY time_updated DESC`,
    )
    .all()
  return { _tag: "Sessions", sessions }
}

export const isDamage = (cause: unknown): boolean =>
  cause instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code ?? "")

/**
 * Replaces a session's permission list. It names the temporary directory of the run, so it is written before each turn;
 * opencode has no command for it, and a list in its configuration would lose against the session's own.
 */
export const writePermissions = (database: string, session: string, rules: ReadonlyArray<PermissionRule>) =>
  Effect.try({
    try: () => {
      using db = new Database(database, { readwrite: true, create: false, strict: true })
      db.run("PRAGMA busy_timeout = 5000")
      db.query("UPDATE session SET permission = ? WHERE id = ?").run(JSON.stringify(rules), session)
    },
    catch: (cause) => new SessionUnreadable({ database, reason: String(cause) }),
  })
