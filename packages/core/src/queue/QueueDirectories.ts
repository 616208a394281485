import { Effect } from "effect"
import { directoryIdentity } from "../system/directoryIdentity.ts"
import { ensureDirectory } from "../system/Files.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import { queueMark } from "./QueueMark.ts"

/**
 * The queue's directories: made when they are missing; one that was there before, and is gone or another, is told, also
 * when it went while nobody looked.
 */
export const queueDirectories = Effect.fnUntraced(function* (paths: QueuePaths) {
  const dirs = [paths.dir, paths.items, paths.running, paths.done, paths.bad, paths.tmp]
  const mark = queueMark(paths)
  const known = new Map<string, string>()
  const lost = new Set<string>()
  let marked = false
  for (const dir of dirs) {
    // out of reach now: the first use says so
    const identity = yield* Effect.orElseSucceed(directoryIdentity(dir), () => null)
    if (identity !== null) known.set(dir, identity)
  }

  /** Where there is a mark, all of them were there when it was made. */
  const makeAnew = Effect.fnUntraced(function* (dir: string) {
    if (dir !== paths.tmp && (yield* mark.isMarked)) {
      lost.add(dir)
      yield* mark.disown
    }
    yield* ensureDirectory(dir)
    return yield* directoryIdentity(dir)
  })

  const ensureOne = Effect.fnUntraced(function* (dir: string) {
    const identity = (yield* directoryIdentity(dir)) ?? (yield* makeAnew(dir))
    if (known.has(dir) && known.get(dir) !== identity && dir !== paths.tmp) lost.add(dir)
    if (identity !== null) known.set(dir, identity)
  })

  const ensure = Effect.gen(function* () {
    yield* Effect.forEach(dirs, ensureOne, { discard: true })
    if (!marked) yield* mark.ensure
    marked = true
  })

  return {
    ensure,
    /** Those that were lost, until `acknowledge`. */
    lost: Effect.gen(function* () {
      if (lost.size === 0 && (yield* mark.isLost)) return [paths.dir]
      return [...lost]
    }),
    acknowledge: Effect.gen(function* () {
      yield* ensure
      yield* mark.accept
      lost.clear()
    }),
  }
})
export type QueueDirectories = Effect.Success<ReturnType<typeof queueDirectories>>
