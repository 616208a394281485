import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { IssueRef } from "../domain/IssueRef.ts"
import { attempt, exists, type HomeUnusable } from "../system/Files.ts"
import { linkOf } from "../system/GitCommand.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { findClone, lockClone } from "../worktrees/SharedClone.ts"
import { surveyPlace } from "../worktrees/WorktreePlace.ts"
import { NotMovable } from "./NotMovable.ts"

/** What git has of a worktree. */
export interface DiscardPlace {
  /** The repository whose branches, refs and stashes it shares; null: none, or it is one itself. */
  readonly clone: string | null
  /** Made by kugetsu, so that branches in it are nobody else's. */
  readonly ours: boolean
  /** Its own directory in there. */
  readonly admin: string | null
}

/** Looks, with the lock of the repository that it finds for as long as the scope lasts. */
export const surveyDiscard = Effect.fn("Trash.surveyDiscard")(function* (
  home: KugetsuPaths,
  { ref, worktree }: { readonly ref: IssueRef | null; readonly worktree: string | null },
) {
  if (worktree !== null) yield* refuseAncestor(home, worktree)
  const link = worktree === null ? null : Option.getOrNull(linkOf(worktree))
  const linked = link === null ? null : yield* repositoryOf(link)
  const shared = yield* sharedClone(home, ref, linked)
  if (shared !== null) yield* lockClone(home, shared)
  const none: DiscardPlace = { clone: shared, ours: true, admin: null }
  if (worktree === null) return none

  const place = yield* surveyPlace(worktree, shared ?? path.join(home.repositories, ".none"), true).pipe(
    // no repository: files, which go as they are
    Effect.catchTag("WorktreeInTheWay", () => Effect.succeed({ _tag: "Free" as const })),
  )
  if (place._tag === "Free") return none
  if (place._tag !== "Independent") return { ...none, admin: place.admin }
  if (link === null) {
    yield* refuseParent(worktree)
    return { clone: null, ours: false, admin: null }
  }
  if (linked === null) {
    const remedy = "Make it a worktree again (git worktree repair), or move it away by hand."
    return yield* new NotMovable({ path: worktree, reason: `${link}, which it hangs off, is no worktree's`, remedy })
  }
  if (linked !== shared) yield* lockClone(home, linked)
  return { clone: linked, ours: false, admin: link }
})

/** The repository that a worktree's own git directory is in; null: it is no such directory. */
const repositoryOf = (admin: string): Effect.Effect<string | null, HomeUnusable> =>
  attempt("look at", admin, () => {
    const file = path.join(admin, "commondir")
    return fs.existsSync(file) ? path.resolve(admin, fs.readFileSync(file, "utf8").trim()) : null
  })

const sharedClone = Effect.fnUntraced(function* (home: KugetsuPaths, ref: IssueRef | null, linked: string | null) {
  if (ref === null) return linked?.startsWith(`${home.repositories}/`) ? linked : null
  const clone = yield* findClone(home, ref.repositoryKey)
  return (yield* exists(clone)) ? clone : null
})

/** Taking it away would take away what is to stay. */
const refuseAncestor = Effect.fnUntraced(function* (home: KugetsuPaths, worktree: string) {
  const kept = [home.trash, home.worktrees, home.repositories, home.sessions, home.agents]
  const inside = kept.find((dir) => `${dir}/`.startsWith(`${path.resolve(worktree)}/`))
  if (inside === undefined) return
  const remedy = "Correct worktree_path in the session's file."
  return yield* new NotMovable({ path: worktree, reason: `${inside} is in it`, remedy })
})

/** A clone with worktrees elsewhere, which would be left without their repository. */
const refuseParent = Effect.fnUntraced(function* (worktree: string) {
  const trees = yield* attempt("look at", worktree, () => {
    const admins = path.join(worktree, ".git", "worktrees")
    if (!fs.existsSync(admins)) return []
    return fs.readdirSync(admins).flatMap((name) => {
      const file = path.join(admins, name, "gitdir")
      const tree = fs.existsSync(file)
        ? path.dirname(path.resolve(admins, name, fs.readFileSync(file, "utf8").trim()))
        : ""
      return tree !== "" && fs.existsSync(tree) ? [tree] : []
    })
  })
  if (trees.length === 0) return
  const remedy = `Remove these worktrees first: git -C '${worktree}' worktree list`
  return yield* new NotMovable({ path: worktree, reason: `${trees.join(", ")} hang off it`, remedy })
})

/** The name is made to paths: it must be nothing but a name. */
export const requireFileName = Effect.fnUntraced(function* (name: string) {
  if (/^(?!\.{1,2}$)[^/\0]+$/.test(name)) return
  return yield* new NotMovable({
    path: `"${name}"`,
    reason: "it is no file name",
    remedy: "Rename the session's file.",
  })
})
