import type { Effect } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

/** Takes a file from everybody but its owner; whether it was theirs. */
export const keepPrivate = (file: string): Effect.Effect<boolean, HomeUnusable> =>
  attempt("make private", file, () => {
    const mode = fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & 0o077) === 0) return false
    fs.chmodSync(file, 0o600)
    return true
  })
