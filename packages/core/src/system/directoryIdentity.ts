import type { Effect } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

/** Tells a directory from another one of the same name; an inode number alone is given again at once. null: missing. */
export const directoryIdentity = (dir: string): Effect.Effect<string | null, HomeUnusable> =>
  attempt("read", dir, () => {
    const stat = fs.statSync(dir, { throwIfNoEntry: false })
    return stat === undefined ? null : `${stat.ino} ${stat.birthtimeMs}`
  })
