import { Effect, Queue, type Scope } from "effect"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "./Files.ts"

/** A directory to watch; without names every change in it counts. */
export interface Watched {
  readonly dir: string
  readonly names?: ReadonlyArray<string>
}

/** Waits until something changed, `maxMs` at the longest, and says whether something did. */
type NextChange = (maxMs: number) => Effect.Effect<boolean>

/**
 * Watches directories for the scope. A watch is a hint (events come late, twice or not at all): look at the directory
 * itself after each wait.
 */
export const watchDirectories = (
  watched: ReadonlyArray<Watched>,
): Effect.Effect<NextChange, HomeUnusable, Scope.Scope> =>
  Effect.gen(function* () {
    const changes = yield* Queue.sliding<void>(1)
    for (const { dir, names } of watched) {
      yield* Effect.acquireRelease(
        attempt("watch", dir, () => {
          const watcher = fs.watch(dir, (_, name) => {
            // no name: too much happened at once
            if (names === undefined || name === null || names.includes(name)) Queue.offerUnsafe(changes, undefined)
          })
          watcher.on("error", () => watcher.close())
          return watcher
        }),
        (watcher) => Effect.sync(() => watcher.close()),
      )
    }
    return (maxMs) =>
      Queue.take(changes).pipe(
        Effect.as(true),
        Effect.timeoutOrElse({ duration: maxMs, orElse: () => Effect.succeed(false) }),
      )
  })

/** As `watchDirectories`, for one of which all counts. */
export const watchDirectory = (dir: string) => watchDirectories([{ dir }])
