import { Effect, Queue, type Scope } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

/**
 * Watches a directory for the scope. The effect it gives waits until something in it changed, `maxMs` at the longest.
 * A watch is a hint (events come late, twice or not at all): look at the directory itself after each wait.
 */
export const watchDirectory = (
  dir: string,
): Effect.Effect<(maxMs: number) => Effect.Effect<void>, HomeUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const changes = yield* Queue.sliding<void>(1)
    yield* Effect.acquireRelease(
      attempt("watch", dir, () => {
        const watcher = fs.watch(dir, () => Queue.offerUnsafe(changes, undefined))
        watcher.on("error", () => watcher.close())
        return watcher
      }),
      (watcher) => Effect.sync(() => watcher.close()),
    )
    return (maxMs) => Effect.asVoid(Effect.timeoutOption(Queue.take(changes), maxMs))
  })
