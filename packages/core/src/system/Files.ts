import { Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { writeTemporary } from "./TemporaryFile.ts"

/** The home, or another file that kugetsu must read or write, is out of reach. */
export class HomeUnusable extends Schema.TaggedError<HomeUnusable>()("HomeUnusable", {
  path: Schema.String,
  operation: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.home
  override get message() {
    return `cannot ${this.operation} ${this.path}: ${this.reason}`
  }
  get remedy() {
    return "Check that the directory exists, that it is yours and writable, and that the disk is not full."
  }
}

/** Runs a file operation; whatever the system refuses becomes `HomeUnusable`. */
export const attempt = <A>(operation: string, file: string, body: () => A): Effect.Effect<A, HomeUnusable> =>
  Effect.try({
    try: body,
    catch: (cause) => new HomeUnusable({ path: file, operation, reason: reasonOf(cause) }),
  })

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)

const isCode = (cause: unknown, code: string): boolean => (cause as NodeJS.ErrnoException)?.code === code

/** Makes a directory and its parents, 0700 whatever the umask. */
export const ensureDirectory = (dir: string): Effect.Effect<void, HomeUnusable> =>
  attempt("create", dir, () => {
    const first = fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
    if (first !== undefined) syncDirectory(path.dirname(first))
  })

const syncDirectory = (dir: string): void => {
  const fd = fs.openSync(dir, "r")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** A file's text; None when there is no such file. */
export const readText = (file: string): Effect.Effect<Option.Option<string>, HomeUnusable> =>
  attempt("read", file, () => {
    try {
      return Option.some(fs.readFileSync(file, "utf8"))
    } catch (cause) {
      if (isCode(cause, "ENOENT")) return Option.none()
      throw cause
    }
  })

/** A file as it is; null when there is no such file. */
export const readBytes = (file: string): Effect.Effect<Buffer | null, HomeUnusable> =>
  attempt("read", file, () => (fs.existsSync(file) ? fs.readFileSync(file) : null))

/** As `readText`, but fails where the file is not UTF-8: what is rewritten from it is whole. */
export const readUtf8 = (file: string): Effect.Effect<Option.Option<string>, HomeUnusable> =>
  attempt("read", file, () => {
    try {
      return Option.some(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(file)))
    } catch (cause) {
      if (isCode(cause, "ENOENT")) return Option.none()
      throw cause instanceof TypeError ? new Error("it is not UTF-8 text", { cause }) : cause
    }
  })

/** Names in a directory, sorted; none when there is no such directory. */
export const listDirectory = (dir: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> =>
  attempt("list", dir, () => {
    try {
      return fs.readdirSync(dir).sort()
    } catch (cause) {
      if (isCode(cause, "ENOENT")) return []
      throw cause
    }
  })

/** Replaces a file so that after a power cut either the old or the new content is there, whole. Mode 0600. */
export const replaceFile = (file: string, content: string | Uint8Array): Effect.Effect<void, HomeUnusable> =>
  attempt("write", file, () => {
    const temporary = writeTemporary(file, content)
    try {
      fs.renameSync(temporary, file)
    } catch (cause) {
      fs.rmSync(temporary, { force: true })
      throw cause
    }
    syncDirectory(path.dirname(file))
  })

/** Creates a file durably; false, and nothing changed, when it exists already: the first writer wins. */
export const createFile = (file: string, content: string | Uint8Array): Effect.Effect<boolean, HomeUnusable> =>
  attempt("write", file, () => {
    const temporary = writeTemporary(file, content)
    try {
      fs.linkSync(temporary, file)
    } catch (cause) {
      if (isCode(cause, "EEXIST")) return false
      throw cause
    } finally {
      fs.rmSync(temporary, { force: true })
    }
    syncDirectory(path.dirname(file))
    return true
  })

/** A new directory of this process's own, 0700, with a random end to its name. */
export const temporaryDirectoryIn = (parent: string, prefix: string): Effect.Effect<string, HomeUnusable> =>
  attempt("create", path.join(parent, prefix), () => fs.mkdtempSync(path.join(parent, prefix)))

/** Removes a directory with everything in it; nothing when it is not there. */
export const removeTree = (dir: string): Effect.Effect<void, HomeUnusable> =>
  attempt("remove", dir, () => fs.rmSync(dir, { recursive: true, force: true }))

/** Moves a file or directory within one file system, making the parents of its new place; false when it is not there. */
export const moveAway = (from: string, to: string): Effect.Effect<boolean, HomeUnusable> =>
  Effect.gen(function* () {
    const isThere = yield* attempt("look at", from, () => fs.lstatSync(from, { throwIfNoEntry: false }) !== undefined)
    if (!isThere) return false
    yield* ensureDirectory(path.dirname(to))
    yield* attempt("move", from, () => {
      fs.renameSync(from, to)
      syncDirectory(path.dirname(from))
      syncDirectory(path.dirname(to))
    })
    return true
  })

/** Whether anything is there; a symbolic link counts for what it points to. */
export const exists = (file: string): Effect.Effect<boolean, HomeUnusable> =>
  attempt("look at", file, () => fs.existsSync(file))

/** The path without symbolic links; fails when there is nothing. */
export const realPath = (file: string): Effect.Effect<string, HomeUnusable> =>
  attempt("look at", file, () => fs.realpathSync(file))

/**
 * Appends a line, 0600. A file that has reached `limit` bytes is first put aside as `.1`, which becomes `.2`, up to
 * `kept`. Not synced: for logs.
 */
export const appendLine = (
  file: string,
  line: string,
  { kept, limit }: { readonly limit: number; readonly kept: number },
): Effect.Effect<void, HomeUnusable> =>
  Effect.andThen(
    ensureDirectory(path.dirname(file)),
    attempt("write", file, () => {
      if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= limit) {
        for (let n = kept; n > 0; n--) {
          const older = n === 1 ? file : `${file}.${n - 1}`
          if (fs.existsSync(older)) fs.renameSync(older, `${file}.${n}`)
        }
      }
      fs.appendFileSync(file, `${line}\n`, { mode: 0o600 })
    }),
  )

/** Bytes that this user may still write where `dir` is. */
export const freeBytes = (dir: string): Effect.Effect<number, HomeUnusable> =>
  attempt("look at", dir, () => {
    const { bavail, bsize } = fs.statfsSync(dir)
    return bavail * bsize
  })

/** Changes whenever the file is written anew; empty while there is none. */
export const fileStamp = (file: string): Effect.Effect<string, HomeUnusable> =>
  attempt("look at", file, () => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? "" : `${stat.ino}:${stat.mtimeMs}:${stat.size}`
  })

/** Sets the time of a file to now, and makes it when there is none: a sign of life, not a record. */
export const touch = (file: string): Effect.Effect<void, HomeUnusable> =>
  attempt("write", file, () => {
    const now = new Date()
    fs.closeSync(fs.openSync(file, "a", 0o600))
    fs.utimesSync(file, now, now)
  })

/** Milliseconds since a file was last written; None when there is none. */
export const ageOfMs = (file: string): Effect.Effect<Option.Option<number>, HomeUnusable> =>
  attempt("look at", file, () => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? Option.none() : Option.some(Date.now() - stat.mtimeMs)
  })
