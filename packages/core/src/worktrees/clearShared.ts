import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable, moveAway, removeTree } from "../system/Files.ts"

/** What git heeds in every worktree of a clone, whichever it was written in. */
const heeded = ["exclude", "attributes", "grafts"]

/** Takes out of a shared clone what one worktree would impose on the others. It is kept in `kugetsu-aside`. */
export const clearShared = Effect.fn("SharedClone.clear")(function* (
  clone: string,
): Effect.fn.Return<void, HomeUnusable> {
  for (const name of yield* attempt("look at", clone, () => present(clone))) yield* putAside(clone, name)
})

/** What is there. A link to elsewhere counts as such: what it leads to is not the clone's. */
const present = (clone: string): ReadonlyArray<string> =>
  ["info", "hooks"].flatMap((dir) => {
    const stat = statOf(clone, dir)
    if (stat === undefined) return []
    if (!stat.isDirectory()) return [dir]
    const names = fs.readdirSync(path.join(clone, dir))
    return names.filter((name) => dir === "hooks" || heeded.includes(name)).map((name) => `${dir}/${name}`)
  })

const statOf = (clone: string, name: string) => fs.lstatSync(path.join(clone, name), { throwIfNoEntry: false })

/** Once for each content, so that what tools write anew every time does not pile up. */
const putAside = Effect.fnUntraced(function* (clone: string, name: string) {
  const place = path.join(clone, name)
  const mark = yield* attempt("read", place, () => {
    const stat = statOf(clone, name)
    if (stat === undefined) return null
    return stat.isFile() ? createHash("sha256").update(fs.readFileSync(place)).digest("hex").slice(0, 12) : "other"
  })
  if (mark === null) return
  const to = path.join(clone, "kugetsu-aside", `${name}.${mark}`)
  yield* removeTree(to)
  yield* moveAway(place, to)
  yield* Effect.logDebug(`${place} would act in every worktree: it is ${to} now`)
})
