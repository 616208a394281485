import { constants, Database } from "bun:sqlite"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { ExitCode } from "../domain/Failure.ts"
import { type HomeUnusable, listDirectory } from "../system/Files.ts"
import { userHome } from "../system/KugetsuHome.ts"
import { Processes } from "../system/Processes.ts"

/** The person's own opencode keeps its sessions in a form, or in a state, in which they cannot be looked at. */
export class PersonStorageUnreadable extends Schema.TaggedError<PersonStorageUnreadable>()("PersonStorageUnreadable", {
  database: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.database} cannot be read: ${this.reason}`
  }
  get remedy() {
    return "Nothing in it was changed. See whether opencode itself still opens it."
  }
}

/** Where opencode keeps what is the person's, and not a session's of kugetsu. */
export const personStorage = (env: Readonly<Record<string, string>>): string =>
  path.join(env.XDG_DATA_HOME || path.join(userHome(env), ".local", "share"), "opencode")

/** The databases in it, absolute: each release channel of opencode has its own. */
export const personDatabases = Effect.fn("PersonStorage.databases")(function* (env: Readonly<Record<string, string>>) {
  const dir = personStorage(env)
  const unreadable = ({ message }: HomeUnusable) => new PersonStorageUnreadable({ database: dir, reason: message })
  return (yield* Effect.mapError(listDirectory(dir), unreadable))
    .filter((name) => /^opencode(-[\w.]+)?\.db$/.test(name))
    .map((name) => path.join(dir, name))
})

/**
 * Copies a database that opencode may be writing to at this moment. It is never opened for writing, and while nobody
 * writes it is not opened at all: SQLite would write beside it.
 */
export const copyDatabase = Effect.fn("PersonStorage.copy")(function* (
  database: string,
  copy: string,
  env: Readonly<Record<string, string>>,
) {
  const before = yield* stateOf(database)
  yield* copyFiles(database, copy, env)
  if ((yield* stateOf(database)) === before) return
  // what is read from here on stays in the log until the transaction ends, whoever writes
  yield* Effect.acquireUseRelease(
    reading(database, () => beginReading(database)),
    () => copyFiles(database, copy, env),
    (db) => Effect.sync(() => db.close()),
  )
})

/** Of the two files that a copy is made of. */
const stateOf = (database: string) =>
  reading(database, () =>
    [database, `${database}-wal`]
      .map((file) => fs.statSync(file, { bigint: true, throwIfNoEntry: false }))
      .map((stat) => `${stat?.ino} ${stat?.size} ${stat?.mtimeNs}`)
      .join(),
  )

const beginReading = (database: string): Database => {
  const url = `${pathToFileURL(database).href}?mode=ro`
  const db = new Database(url, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI)
  db.run("PRAGMA busy_timeout = 5000")
  db.run("BEGIN")
  db.query("SELECT count(*) FROM sqlite_master").get()
  return db
}

/** By another process: a file that this one closes takes SQLite's own locks on it along. */
const copyFiles = Effect.fnUntraced(function* (database: string, copy: string, env: Readonly<Record<string, string>>) {
  const { run } = yield* Processes
  for (const end of ["", "-wal"]) {
    fs.rmSync(copy + end, { force: true })
    if (end !== "" && !fs.existsSync(database + end)) continue
    const { exitCode, stderr } = yield* run({
      program: "cp",
      args: ["--reflink=auto", "--", database + end, copy + end],
      cwd: "/",
      env: { ...env, LC_ALL: "C" },
      timeoutMs: COPY_LIMIT_MS,
    }).pipe(Effect.mapError(({ message }) => new PersonStorageUnreadable({ database, reason: message })))
    if (exitCode !== 0) return yield* new PersonStorageUnreadable({ database, reason: stderr.trim().slice(0, 300) })
  }
})

const COPY_LIMIT_MS = 120_000

/** The directory that a session of the copy is bound to; null: it has no such session. */
export const directoryIn = (copy: string, database: string, session: string) =>
  reading(database, () => {
    using db = new Database(copy, { readwrite: true, create: false, strict: true })
    const found = db.query<{ directory: string }, [string]>("SELECT directory FROM session WHERE id = ?").get(session)
    return found?.directory ?? null
  })

const reading = <A>(database: string, body: () => A) =>
  Effect.try({ try: body, catch: (cause) => new PersonStorageUnreadable({ database, reason: String(cause) }) })
