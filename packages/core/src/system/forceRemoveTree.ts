import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable, removeTree } from "./Files.ts"

/**
 * Removes a directory with everything in it, also what is in read-only directories (module caches are made so); nothing
 * when it is not there. Refused when a file system is mounted anywhere in it: what is on that is not part of the tree.
 */
export const forceRemoveTree = (dir: string): Effect.Effect<void, HomeUnusable> =>
  requireNoMount(dir).pipe(
    Effect.andThen(
      Effect.catch(removeTree(dir), () =>
        Effect.andThen(
          attempt("remove", dir, () => openDirectories(dir)),
          removeTree(dir),
        ),
      ),
    ),
  )

/** Fails when a file system is mounted at this directory, or anywhere in it. */
export const requireNoMount = (dir: string): Effect.Effect<void, HomeUnusable> =>
  attempt("remove", dir, () => {
    const [mounted] = mountsIn(dir)
    if (mounted !== undefined) throw new Error(`a file system is mounted at ${mounted}`)
  })

/** proc_pid_mountinfo(5): the fifth field is the mount point, in which blanks and the like are written as `\040`. */
const mountsIn = (dir: string): ReadonlyArray<string> => {
  if (fs.lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  const real = fs.realpathSync(dir)
  return fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))),
    )
    .filter((point) => point === real || point.startsWith(`${real}/`))
}

/** Links are not followed. What belongs to somebody else stays as it is, and the removal then says so. */
const openDirectories = (dir: string): void => {
  const stat = fs.lstatSync(dir, { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) return
  if (stat.uid === process.geteuid?.()) fs.chmodSync(dir, 0o700)
  for (const name of fs.readdirSync(dir)) openDirectories(path.join(dir, name))
}
