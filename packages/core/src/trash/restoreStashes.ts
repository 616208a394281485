import { Effect } from "effect"
import type { Receipt } from "../domain/Receipt.ts"
import { Git } from "../system/Git.ts"
import { readReflog } from "./WorktreeAdmin.ts"

const stashRef = "refs/stash"

/** Puts back the stashes that are no longer in the list. */
export const restoreStashes = Effect.fn("Trash.restoreStashes")(function* ({ clone, stashes }: Receipt) {
  if (clone === null || stashes.length === 0) return
  const git = yield* Git
  const listed = new Set((yield* readReflog(clone, stashRef)).map(({ to }) => to))
  const objects = yield* git.objectTypes(
    clone,
    stashes.map(({ sha }) => sha),
  )
  const missing = stashes.filter(({ sha }) => !listed.has(sha) && objects.has(sha))
  const top = (yield* git.refs(clone, [stashRef])).get(stashRef)
  // its log was expired, and git would take no notice of the commit that it stands on
  if (top !== undefined && listed.size === 0 && missing.some(({ sha }) => sha === top)) {
    yield* git.changeRefs(clone, [{ name: stashRef, to: null, from: top }])
  }
  yield* Effect.forEach(missing, (stash) => git.putStash(clone, stash), { discard: true })
})
