import { Effect } from "effect"
import * as fs from "node:fs"

const run = (...words: readonly [string, ...Array<string>]): boolean => Bun.spawnSync([...words]).exitCode === 0

/** Who is not root, or is in a tight container, can mount nothing. */
export const canMount = (() => {
  const dir = fs.mkdtempSync("/tmp/kugetsu-mount-")
  const can = run("mount", "-t", "tmpfs", "tmpfs", dir)
  if (can) run("umount", dir)
  fs.rmdirSync(dir)
  return can
})()

/** Mounts something at a directory, for the scope. */
export const mount = (at: string, ...what: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      if (!run("mount", ...what, at)) throw new Error(`nothing can be mounted at ${at}`)
    }),
    () => Effect.sync(() => run("umount", "--lazy", at)),
  )
