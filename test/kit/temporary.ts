import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** A directory of one's own below another, removed with the scope. Its name has a space and a letter beyond ASCII on purpose. */
export const temporaryDirectoryIn = (parent: string) =>
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(fs.realpathSync(parent), "kugetsu tést-"))),
    (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true })),
  )

/** A directory for one test. */
export const temporaryDirectory = Effect.suspend(() => temporaryDirectoryIn(os.tmpdir()))
