import { Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import {
  attempt,
  ensureDirectory,
  exists,
  type HomeUnusable,
  readText,
  realPath,
  removeTree,
  replaceFile,
} from "../system/Files.ts"
import { linkOf } from "../system/GitCommand.ts"

/** Something that kugetsu did not make, or cannot use, is where the worktree belongs. */
export class WorktreeInTheWay extends Schema.TaggedError<WorktreeInTheWay>()("WorktreeInTheWay", {
  path: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.path} cannot be the issue's worktree: ${this.reason}`
  }
  get remedy() {
    return "Nothing in it was touched. Move the directory away, and start the issue again."
  }
}

/**
 * The mark in a worktree's admin directory; without it the worktree was never finished, and no agent has seen it.
 * `filling`: index and branch are right, and the tree is being filled from them. `switching`: the clean tree is on its
 * way to that branch.
 */
export interface WorktreeMark {
  readonly state: "ready" | "filling" | "switching"
  readonly branch: string
}

/** What is at the place of a worktree. `admin` is its directory inside the shared clone. */
export type WorktreePlace =
  | { readonly _tag: "Free" }
  /** A worktree of the shared clone whose making was cut off. */
  | { readonly _tag: "Unfinished"; readonly admin: string }
  | { readonly _tag: "Ready"; readonly admin: string; readonly mark: WorktreeMark | null }
  /** The tree is gone, and what git knew of it is not. */
  | { readonly _tag: "TreeMissing"; readonly admin: string; readonly mark: WorktreeMark }
  /** A repository of its own, or a worktree of another: the first kugetsu made such, and people do. */
  | { readonly _tag: "Independent" }

const markFile = (admin: string) => path.join(admin, "kugetsu-worktree")

/** There from before git makes the worktree until it has its mark. */
const makingFile = (clone: string, worktree: string) => path.join(clone, "kugetsu-making", path.basename(worktree))

export const announceMaking = (clone: string, worktree: string): Effect.Effect<void, HomeUnusable> => {
  const file = makingFile(clone, worktree)
  return Effect.andThen(ensureDirectory(path.dirname(file)), replaceFile(file, ""))
}

/** Marks a worktree as fit to be handed out. */
export const finishMaking = (
  clone: string,
  worktree: string,
  branch: string,
): Effect.Effect<void, WorktreeInTheWay | HomeUnusable> =>
  Option.match(linkOf(worktree), {
    onNone: () => Effect.fail(new WorktreeInTheWay({ path: worktree, reason: "its .git file has gone" })),
    onSome: (admin) =>
      Effect.andThen(writeMark(admin, { state: "ready", branch }), removeTree(makingFile(clone, worktree))),
  })

export const writeMark = (admin: string, mark: WorktreeMark): Effect.Effect<void, HomeUnusable> =>
  replaceFile(markFile(admin), `${mark.state} ${mark.branch}\n`)

export const markOf = (admin: string): Effect.Effect<WorktreeMark | null, HomeUnusable> =>
  Effect.map(readText(markFile(admin)), (text) => {
    const [, state, branch] = /^(ready|filling|switching) (.+)\n$/.exec(Option.getOrElse(text, () => "")) ?? []
    return branch === undefined ? null : { state: state as WorktreeMark["state"], branch }
  })

/**
 * Looks at a worktree's place, and joins tree and clone again where a moved or copied home, or a deleted `.git` file,
 * has parted them. (`git worktree repair` would do so too, and would also claim the worktrees of the home that was
 * copied.) `handedOut`: a session was given this place, so that nothing in it may be taken for half made.
 */
export const surveyPlace = Effect.fn("WorktreePlace.survey")(function* (
  worktree: string,
  clone: string,
  handedOut: boolean,
): Effect.fn.Return<WorktreePlace, WorktreeInTheWay | HomeUnusable> {
  const content = yield* contentOf(worktree)
  const admin = yield* adminOf(worktree, clone)
  if (admin === null) {
    if (content === "nothing") return { _tag: "Free" }
    const link = linkOf(worktree)
    const usable = Option.isNone(link) ? content === "repository" : yield* exists(link.value)
    if (handedOut && usable) return { _tag: "Independent" }
    return yield* new WorktreeInTheWay({ path: worktree, reason: reasonAgainst(content, usable, clone) })
  }
  const mark = yield* markOf(admin)
  if (content === "nothing") {
    return mark === null ? { _tag: "Unfinished", admin } : { _tag: "TreeMissing", admin, mark }
  }
  const cutOff = yield* exists(makingFile(clone, worktree))
  if (mark === null && (cutOff || !handedOut)) return { _tag: "Unfinished", admin }
  yield* join(worktree, admin)
  return { _tag: "Ready", admin, mark }
})

type Content = "nothing" | "files" | "repository"

const contentOf = (dir: string): Effect.Effect<Content, HomeUnusable> =>
  attempt("look at", dir, () => {
    if (!fs.existsSync(dir)) return "nothing"
    const names = fs.readdirSync(dir)
    return names.length === 0 ? "nothing" : names.includes(".git") ? "repository" : "files"
  })

const reasonAgainst = (content: Content, usable: boolean, clone: string): string => {
  if (content === "files") return "it holds files and is no worktree"
  return usable ? `it belongs to another repository than ${clone}` : "the repository it belonged to is gone"
}

/** Both directions of the link; git itself writes paths without symbolic links. */
const join = Effect.fnUntraced(function* (worktree: string, admin: string) {
  const [forth, back] = [path.join(worktree, ".git"), path.join(admin, "gitdir")]
  const linked = Option.getOrNull(linkOf(worktree))
  if (linked === null || !sameFile(linked, admin)) yield* replaceFile(forth, `gitdir: ${admin}\n`)
  if (!sameFile(linkedTree(admin) ?? "", worktree)) yield* replaceFile(back, `${yield* realPath(worktree)}/.git\n`)
})

/** The tree that an admin directory serves. */
const linkedTree = (admin: string): string | null => {
  try {
    return path.dirname(path.resolve(admin, fs.readFileSync(path.join(admin, "gitdir"), "utf8").trim()))
  } catch {
    return null // half made: git writes it early, but not first
  }
}

/** The clone's admin directory for this tree; null where there is none, or where it is another tree's. */
const adminOf = (worktree: string, clone: string): Effect.Effect<string | null, HomeUnusable> =>
  attempt("look at", clone, () => {
    const admins = path.join(clone, "worktrees")
    if (!fs.existsSync(admins)) return null
    const linked = Option.getOrNull(linkOf(worktree))
    if (linked === null && fs.existsSync(path.join(worktree, ".git"))) return null
    const candidates = linked === null ? fs.readdirSync(admins) : [path.basename(linked)]
    const mine = candidates.map((id) => path.join(admins, id)).filter((admin) => serves(admin, worktree, linked))
    return mine[0] ?? null
  })

/** `linked`: what the tree's `.git` file names. */
const serves = (admin: string, worktree: string, linked: string | null): boolean => {
  if (!fs.existsSync(admin)) return false
  const tree = linkedTree(admin)
  const sameName = path.basename(tree ?? admin) === path.basename(worktree)
  if (tree === null) return sameName
  const usedThere =
    sameFile(
      Option.getOrElse(linkOf(tree), () => ""),
      admin,
    ) && !samePlace(tree, worktree)
  if (usedThere) return false
  if (linked === null || sameFile(linked, admin)) return samePlace(tree, worktree) || sameName
  // the home was moved, or copied and the one it was copied from is still there
  if (path.relative(tree, linked) === path.relative(worktree, admin)) return true
  return !fs.existsSync(linked) && sameName
}

const samePlace = (a: string, b: string): boolean => path.resolve(a) === path.resolve(b) || sameFile(a, b)

const sameFile = (a: string, b: string): boolean => {
  try {
    return fs.realpathSync(a) === fs.realpathSync(b)
  } catch {
    return false
  }
}

/** Removes a worktree that no agent has seen. Needs the clone's lock. */
export const removeUnfinished = Effect.fn("WorktreePlace.removeUnfinished")(function* (
  worktree: string,
  admin: string,
): Effect.fn.Return<void, HomeUnusable> {
  yield* removeTree(worktree)
  yield* removeTree(admin)
})

/** An empty tree that is joined to its admin directory again. */
export const makeTree = Effect.fn("WorktreePlace.makeTree")(function* (
  worktree: string,
  admin: string,
): Effect.fn.Return<void, HomeUnusable> {
  yield* ensureDirectory(worktree)
  yield* join(worktree, admin)
})
