import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { belongsTo } from "../domain/Session.ts"
import { Sessions } from "../Sessions.ts"
import { attempt } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { findPlace } from "../worktrees/placeOf.ts"
import type { RemovalSubject } from "./RemovalSite.ts"

/** Other sessions whose worktree is this one, is in it, or has it inside, by what is recorded or by their names. */
export const otherSessionsAt = Effect.fn("removal.otherSessionsAt")(function* ({ ref, worktree }: RemovalSubject) {
  const home = yield* KugetsuHome
  const own = yield* real(worktree)
  const found: Array<string> = []
  for (const { name, session } of yield* (yield* Sessions).list) {
    if (session.issue_ref === null || belongsTo(session, ref)) continue
    const places = [yield* findPlace(home, name, session.worktree_path), session.worktree_path].filter(
      (place) => place !== null,
    )
    const isThere = (yield* Effect.forEach(places, real)).some((place) => overlap(place, own))
    if (isThere) found.push(`it is recorded as the worktree of ${session.issue_ref}, too`)
  }
  return found
})

const overlap = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)

const real = (place: string) =>
  attempt("look at", place, () => (fs.existsSync(place) ? fs.realpathSync(place) : path.resolve(place)))
