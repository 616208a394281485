import { listDirectory } from "@kugetsu/core/system/Files"
import { inspectFile, removeFile } from "@kugetsu/core/system/FileSteps"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isTemporary } from "@kugetsu/core/system/TemporaryFile"
import { Effect, Option } from "effect"
import * as path from "node:path"

/** Where records are; not the clones and worktrees, where all else is somebody else's. */
const recordDirectories = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const inside = (dir: string) => Effect.map(listDirectory(dir), (names) => names.map((name) => path.join(dir, name)))
  const contexts = path.dirname(home.context("any"))
  const single = [home.root, home.envDir, home.sessions, contexts, home.queue.dir, home.queue.bad]
  const all = [...single, ...(yield* inside(home.runs)), ...(yield* inside(home.agents))]
  return yield* Effect.filter(all, (dir) =>
    Effect.map(
      inspectFile(dir),
      Option.exists((stat) => stat.isDirectory()),
    ),
  )
})

/**
 * What killed writers left beside records, when it is older than that (Unix milliseconds). A directory that cannot be read keeps nobody from what else there
 * is to do.
 */
export const sweepTemporaries = Effect.fnUntraced(function* (before: number) {
  for (const dir of yield* recordDirectories) {
    yield* Effect.catch(sweep(dir, before), (failure) => Effect.logWarning(failure.message))
  }
})

const sweep = Effect.fnUntraced(function* (dir: string, before: number) {
  for (const name of (yield* listDirectory(dir)).filter(isTemporary)) {
    const file = path.join(dir, name)
    const stat = yield* inspectFile(file)
    if (Option.exists(stat, (one) => one.isFile() && one.mtimeMs < before)) yield* removeFile(file)
  }
})
