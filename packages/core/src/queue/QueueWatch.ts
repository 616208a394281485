import { Effect, Queue as Mailbox, Stream } from "effect"
import * as path from "node:path"
import { keepWatch } from "../system/keepWatch.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import type { QueueDirectories } from "./QueueDirectories.ts"

/**
 * One when it begins to watch, and one after every change of the pending items or of the pause. Of what else lies in the
 * queue's directory the daemon writes most itself: its log would wake it to log again.
 */
export const wakeups = (paths: QueuePaths, directories: QueueDirectories): Stream.Stream<void> =>
  Stream.callback<void>(
    (mailbox) =>
      keepWatch({
        watched: [
          { dir: paths.items },
          { dir: paths.dir, names: [paths.items, paths.paused].map((file) => path.basename(file)) },
        ],
        ensure: directories.ensure,
        changed: Effect.sync(() => Mailbox.offerUnsafe(mailbox, undefined)),
      }),
    { bufferSize: 1, strategy: "sliding" },
  )
