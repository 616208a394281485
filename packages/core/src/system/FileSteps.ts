import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

// The single steps of durable writing, for those who need to stand between two of them; others use Files.ts.

/** Writes a file that was not there before; its content survives a power cut, its name only after `syncDirectory`. */
export const writeNewFile = (file: string, content: string): Effect.Effect<void, HomeUnusable> =>
  attempt("write", file, () => {
    const descriptor = fs.openSync(file, "wx", 0o600)
    try {
      fs.writeFileSync(descriptor, content)
      fs.fsyncSync(descriptor)
    } catch (cause) {
      fs.rmSync(file, { force: true })
      throw cause
    } finally {
      fs.closeSync(descriptor)
    }
  })

/** A second name for a file; false, and nothing changed, when that name is taken. */
export const linkFile = (file: string, name: string): Effect.Effect<boolean, HomeUnusable> =>
  attempt("write", name, () => {
    try {
      fs.linkSync(file, name)
      return true
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false
      throw cause
    }
  })

/** Gives a file another name in one step, in place of whatever had it. */
export const moveFile = (from: string, to: string): Effect.Effect<void, HomeUnusable> =>
  attempt("write", to, () => fs.renameSync(from, to))

/** Nothing when it is not there. */
export const removeFile = (file: string): Effect.Effect<void, HomeUnusable> =>
  attempt("remove", file, () => fs.rmSync(file, { force: true }))

/** Makes the names in a directory, as they are now, survive a power cut. */
export const syncDirectory = (dir: string): Effect.Effect<void, HomeUnusable> =>
  attempt("write", dir, () => {
    const descriptor = fs.openSync(dir, "r")
    try {
      fs.fsyncSync(descriptor)
    } finally {
      fs.closeSync(descriptor)
    }
  })

/** What is at a path now, links not followed. */
export const inspectFile = (file: string): Effect.Effect<Option.Option<fs.Stats>, HomeUnusable> =>
  attempt("read", file, () => Option.fromUndefinedOr(fs.lstatSync(file, { throwIfNoEntry: false })))
