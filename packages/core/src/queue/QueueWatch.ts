import { Effect, Queue as Mailbox, type Scope, Stream } from "effect"
import type { HomeUnusable } from "../system/Files.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import { watchDirectory } from "../system/Watch.ts"
import { directoryIdentity, type QueueDirectories } from "./QueueDirectories.ts"

/** Hints get lost: the queue is looked at this often without one. */
const RESCAN_MS = 5000

/**
 * One at once, one after every change of the pending items or of the pause, and one every five seconds. A watch of a
 * directory that was replaced is dead without an error: it is set up anew.
 */
export const wakeups = (paths: QueuePaths, directories: QueueDirectories): Stream.Stream<void> =>
  Stream.callback<void>(
    (mailbox) => {
      const wake = Effect.sync(() => Mailbox.offerUnsafe(mailbox, undefined))
      let told = ""
      const tell = (failure: HomeUnusable) =>
        Effect.suspend(() => {
          if (failure.message === told) return Effect.void
          told = failure.message
          return Effect.logWarning(`${failure.message}; new items are seen only every ${RESCAN_MS / 1000} s`)
        })
      return Effect.scoped(watchUntilReplaced(paths, directories, wake)).pipe(
        Effect.catch((failure) => tell(failure).pipe(Effect.andThen(wake), Effect.andThen(Effect.sleep(RESCAN_MS)))),
        Effect.forever,
      )
    },
    { bufferSize: 1, strategy: "sliding" },
  )

const watchUntilReplaced = Effect.fnUntraced(function* (
  paths: QueuePaths,
  directories: QueueDirectories,
  wake: Effect.Effect<unknown>,
): Effect.fn.Return<void, HomeUnusable, Scope.Scope> {
  yield* directories.ensure
  const identities = Effect.forEach([paths.dir, paths.items], directoryIdentity)
  const watched = yield* identities
  const items = yield* watchDirectory(paths.items)
  const queue = yield* watchDirectory(paths.dir)
  do {
    yield* wake
    yield* Effect.raceFirst(items(RESCAN_MS), queue(RESCAN_MS))
  } while (String(yield* identities) === String(watched))
})
