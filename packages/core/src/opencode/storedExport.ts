import { Database } from "bun:sqlite"
import { Effect, Option, Result } from "effect"
import { parseExport, type SessionExport } from "./SessionExport.ts"
import { isDamage, readStored, SessionUnreadable } from "./SessionStorage.ts"

/**
 * A session as opencode would export it, read from its tables without it: for a session whose engine was killed, or is
 * not to be waited for. None where it is not there, or the database is damaged.
 */
export const storedExport = (
  database: string,
  session: string,
): Effect.Effect<Option.Option<SessionExport>, SessionUnreadable> =>
  Effect.gen(function* () {
    const stored = yield* readStored(database)
    if (stored._tag !== "Sessions" || !stored.sessions.some(({ id }) => id === session)) return Option.none()
    const found = yield* Effect.try({
      try: () => readUnlessDamaged(database, session),
      catch: (cause) => new SessionUnreadable({ database, reason: String(cause) }),
    })
    if (found === null) return Option.none()
    return yield* Result.match(parseExport(JSON.stringify(found)), {
      onSuccess: (exported) => Effect.succeedSome(exported),
      onFailure: (reason) => Effect.fail(new SessionUnreadable({ database, reason })),
    })
  })

interface Row {
  readonly id: string
  readonly message_id: string
  /** JSON. */
  readonly data: string
}

const readUnlessDamaged = (database: string, session: string): object | null => {
  try {
    return readSession(database, session)
  } catch (cause) {
    if (isDamage(cause)) return null
    throw cause
  }
}

const readSession = (database: string, session: string): object | null => {
  using db = new Database(database, { readonly: true, strict: true })
  db.run("PRAGMA busy_timeout = 5000")
  const info = db
    .query<{ slug: string; directory: string; version: string; created: number; updated: number }, [string]>(
      `SELECT slug, directory, version, time_created AS created, time_updated AS updated FROM session WHERE id = ?`,
    )
    .get(session)
  if (info === null) return null
  const rows = (table: "message" | "part", columns: string) =>
    db.query<Row, [string]>(`SELECT ${columns} FROM ${table} WHERE session_id = ? ORDER BY id`).all(session)
  const parts = Map.groupBy(rows("part", "id, message_id, data"), ({ message_id }) => message_id)
  const { created, directory, slug, updated, version } = info
  return {
    info: { id: session, slug, directory, version, time: { created, updated } },
    messages: rows("message", "id, data").map(({ data, id }) => ({
      info: { ...JSON.parse(data), id, sessionID: session },
      parts: (parts.get(id) ?? []).map((part) => ({
        ...JSON.parse(part.data),
        id: part.id,
        sessionID: session,
        messageID: id,
      })),
    })),
  }
}
