import { Effect, Option } from "effect"
import type { HomeUnusable } from "../system/Files.ts"
import { createFile, readText, replaceFile } from "../system/Files.ts"
import { removeFile } from "../system/FileSteps.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"

/**
 * Tells a queue that was deleted from one that never was. The queue has a mark, and the home a copy of it: both go along
 * when the home is moved, copied or restored, and a queue that is deleted takes only its own with it. That they differ
 * stays so, whoever makes the directories anew, until a person was told.
 */
export const queueMark = (paths: QueuePaths) => {
  const copy = readText(paths.markCopy)

  const isMarked: Effect.Effect<boolean, HomeUnusable> = Effect.map(copy, Option.isSome)

  /** A home without a copy never had a queue, or had it before there were marks. */
  const isLost = Effect.gen(function* () {
    const expected = yield* copy
    if (Option.isNone(expected)) return false
    return Option.getOrNull(yield* readText(paths.mark)) !== expected.value
  })

  /** The first mark of a home. That of the queue is there first: a kill in between is no loss. */
  const ensure = Effect.gen(function* () {
    if (yield* isMarked) return
    yield* createFile(paths.mark, `${crypto.randomUUID()}\n`)
    const mark = yield* readText(paths.mark)
    if (Option.isSome(mark)) yield* createFile(paths.markCopy, mark.value)
  })

  /** Something of the queue was lost. */
  const disown = removeFile(paths.mark)

  /** The queue as it is now is the one of this home. */
  const accept = Effect.gen(function* () {
    const expected = yield* copy
    if (Option.isSome(expected)) yield* replaceFile(paths.mark, expected.value)
  })

  return { isMarked, isLost, ensure, disown, accept }
}
