import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { TrashId, TrashMove } from "../domain/Receipt.ts"
import { attempt, ensureDirectory } from "../system/Files.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import type { DiscardPlace } from "./surveyDiscard.ts"

/**
 * What is there, and where each of it goes: into the receipt's directory, or, as nothing is ever copied, into a
 * directory beside it when that is on another file system.
 */
export const planMoves = Effect.fn("Trash.planMoves")(function* (
  home: KugetsuPaths,
  id: TrashId,
  { name, worktree }: { readonly name: string; readonly worktree: string | null },
  place: DiscardPlace,
) {
  const paths = home.trashed(id)
  yield* ensureDirectory(home.trash)
  const trashDevice = yield* deviceOf(home.trash)
  const moves: Array<TrashMove> = []
  const add = Effect.fnUntraced(function* (what: TrashMove["what"], from: string | null) {
    const device = from === null ? null : yield* deviceOf(from)
    if (from === null || device === null) return
    const beside = what === "admin" ? path.join(place.clone ?? "", "kugetsu-trash") : asideOf(from)
    const to = device === trashDevice ? paths[what] : path.join(beside, id, path.basename(paths[what]))
    moves.push({ what, from, to })
  })
  yield* add("admin", place.admin)
  yield* add("worktree", worktree)
  yield* add("agent", home.agent(name).dir)
  yield* add("context", home.context(name))
  yield* add("session", home.sessionFile(`${name}.json`))
  return moves
})

const asideOf = (from: string) => path.join(path.dirname(from), ".kugetsu-trash")

/** null: nothing is there. */
const deviceOf = (file: string) =>
  attempt("look at", file, () => fs.lstatSync(file, { throwIfNoEntry: false })?.dev ?? null)
