import { constants, Database } from "bun:sqlite"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, removeTree, temporaryDirectoryIn } from "../system/Files.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import { readStored, type Stored, SessionUnreadable } from "./SessionStorage.ts"

/** What is in a private database, and the permission list of one of its sessions, as text. */
export interface Peeked {
  readonly stored: Stored
  readonly permissions: (session: string) => string | null
}

/**
 * Reads a private database and writes nothing where it is: a reader of SQLite leaves files beside one. What a killed
 * opencode did not write into the database itself yet is read in a copy. For a database that nobody has open.
 */
export const peekStored = Effect.fn("peekStored")(function* (database: string) {
  const log = `${database}-wal`
  const isWhole = yield* attempt("look at", log, () => (fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0)
  const file = isWhole ? database : yield* copied([database, log])
  const open = isWhole ? openUntouched : openCopy
  const stored = yield* readStored(file, open)
  const lists = stored._tag === "Sessions" ? yield* permissionsIn(file, open) : new Map<string, string | null>()
  return { stored, permissions: (session) => lists.get(session) ?? null } satisfies Peeked
}, Effect.scoped)

const openUntouched = (file: string): Database =>
  new Database(
    `file:${encodeURI(file).replaceAll("?", "%3f").replaceAll("#", "%23")}?immutable=1`,
    constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI,
  )

const openCopy = (file: string): Database => new Database(file, { readwrite: true, create: false, strict: true })

const copied = Effect.fnUntraced(function* (files: readonly [string, string]) {
  const parent = (yield* HostEnvironment).TMPDIR || "/tmp"
  const dir = yield* Effect.acquireRelease(temporaryDirectoryIn(parent, "kugetsu-"), (made) =>
    Effect.ignore(removeTree(made)),
  )
  const at = (file: string) => path.join(dir, path.basename(file))
  yield* attempt("copy", files[0], () => {
    for (const file of files) fs.copyFileSync(file, at(file))
  })
  return at(files[0])
})

const permissionsIn = (file: string, open: (file: string) => Database) =>
  Effect.try({
    try: () => {
      using db = open(file)
      const rows = db.query<{ id: string; permission: string | null }, []>("SELECT id, permission FROM session").all()
      return new Map(rows.map(({ id, permission }) => [id, permission]))
    },
    catch: (cause) => new SessionUnreadable({ database: file, reason: String(cause) }),
  })
