import { Effect } from "effect"
import { directoryIdentity } from "../system/directoryIdentity.ts"
import { ensureDirectory } from "../system/Files.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"

/** The queue's directories: made when they are missing; one that was there before, and is gone or another, is told. */
export const queueDirectories = Effect.fnUntraced(function* (paths: QueuePaths) {
  const dirs = [paths.dir, paths.items, paths.running, paths.done, paths.bad, paths.tmp]
  const known = new Map<string, string>()
  const lost = new Set<string>()
  for (const dir of dirs) {
    // out of reach now: the first use says so
    const identity = yield* Effect.orElseSucceed(directoryIdentity(dir), () => null)
    if (identity !== null) known.set(dir, identity)
  }

  const ensureOne = Effect.fnUntraced(function* (dir: string) {
    let identity = yield* directoryIdentity(dir)
    if (identity === null) {
      yield* ensureDirectory(dir)
      identity = yield* directoryIdentity(dir)
    }
    if (known.has(dir) && known.get(dir) !== identity && dir !== paths.tmp) lost.add(dir)
    if (identity !== null) known.set(dir, identity)
  })

  return {
    ensure: Effect.forEach(dirs, ensureOne, { discard: true }),
    /** Those that were lost, until `acknowledge`. */
    lost: Effect.sync((): ReadonlyArray<string> => [...lost]),
    acknowledge: Effect.sync(() => lost.clear()),
  }
})
export type QueueDirectories = Effect.Success<ReturnType<typeof queueDirectories>>
