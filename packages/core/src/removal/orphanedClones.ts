import { Effect, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type IssueRef, parseIssueRef } from "../domain/IssueRef.ts"
import { refOf } from "../domain/Session.ts"
import { Sessions } from "../Sessions.ts"
import { attempt, exists, listDirectory } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"

/** A shared clone that no session needs: nothing hangs off it, and nothing in the trash comes back into it. */
export interface OrphanedClone {
  readonly kind: "clone"
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Of no issue: it stands for the repository. */
  readonly ref: IssueRef
}

export const orphanedClones = Effect.fn("removal.orphanedClones")(function* () {
  const { repositories } = yield* KugetsuHome
  const needed = new Set(
    (yield* (yield* Sessions).list).flatMap(({ session }) => refOf(session)?.repositoryKey.toLowerCase() ?? []),
  )
  const found: Array<OrphanedClone> = []
  for (const place of yield* clonesBelow(repositories)) {
    const key = path.relative(repositories, place).slice(0, -".git".length)
    const ref = Result.getOrNull(parseIssueRef(`${key}#clone`))
    if (ref === null || needed.has(key.toLowerCase()) || (yield* isInUse(place))) continue
    found.push({ kind: "clone", name: `${key.replace(/[/:]/g, "-")}.git`, path: place, ref })
  }
  return found
})

/** Whether a worktree hangs off it, or something in the trash. */
export const isInUse = Effect.fn("removal.isInUse")(function* (clone: string) {
  if ((yield* listDirectory(path.join(clone, "worktrees"))).length > 0) return true
  return (yield* (yield* Git).refs(clone, ["refs/kugetsu/trash/"])).size > 0
})

const clonesBelow = Effect.fnUntraced(function* (top: string) {
  const found: Array<string> = []
  const open = [top]
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const name of (yield* listDirectory(dir)).filter((name) => !name.startsWith("."))) {
      const place = path.join(dir, name)
      if (!(yield* exists(path.join(place, "HEAD")))) {
        if (yield* isDirectory(place)) open.push(place)
      } else if (name.endsWith(".git")) found.push(place)
    }
  }
  return found.sort()
})

const isDirectory = (place: string) => attempt("look at", place, () => fs.lstatSync(place).isDirectory())
