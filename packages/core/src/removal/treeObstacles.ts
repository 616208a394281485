import { Effect, Option } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type HomeUnusable, listDirectory, readText } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { HiddenFile } from "../system/GitTree.ts"
import { untrackedIn } from "./untrackedIn.ts"

/**
 * Files of a tree, tracked or not, that are in no commit. Of a submodule: that it stands on another commit. `shared`: its
 * repository has other worktrees, which have no say in what may be left out.
 */
export const changesIn = Effect.fn("removal.changesIn")(function* (
  tree: string,
  { shared } = { shared: false },
): Effect.fn.Return<ReadonlyArray<string>, GitError | HomeUnusable, Git> {
  const { entries } = yield* (yield* Git).ownStatus(tree)
  const changed = entries.map((entry) => entry.path || entry.line)
  return shared ? [...new Set([...changed, ...(yield* untrackedIn(tree))])] : changed
})

/** What was staged in a tree that is gone: the files themselves went with it. */
export const stagedIn = Effect.fn("removal.stagedIn")(function* (
  gitDirectory: string,
): Effect.fn.Return<ReadonlyArray<string>, GitError, Git> {
  const paths = yield* (yield* Git).stagedPaths(gitDirectory)
  return paths.map((staged) => `${staged} (staged)`)
})

/** Files that git was told not to look at, and that are not what it has of them. */
export const hiddenChangesIn = Effect.fn("removal.hiddenChangesIn")(function* (
  tree: string,
): Effect.fn.Return<ReadonlyArray<string>, GitError | HomeUnusable, Git> {
  const hidden = yield* (yield* Git).hiddenFiles(tree)
  const changed: Array<string> = []
  for (const file of hidden) {
    const place = path.join(tree, file.path)
    if (yield* attempt("read", place, () => differs(place, file))) changed.push(file.path)
  }
  return changed
})

const differs = (place: string, { mode, path: name, sha, skipped }: HiddenFile): boolean => {
  // a submodule is looked at by itself; a name that is no UTF-8 cannot be found
  if (mode === "160000") return false
  if (name.includes("\uFFFD")) return true
  const stat = fs.lstatSync(place, { throwIfNoEntry: false })
  if (stat === undefined) return !skipped
  if (stat.isSymbolicLink()) return mode !== "120000" || blobOf(fs.readlinkSync(place, "buffer"), sha) !== sha
  if (!stat.isFile() || (mode === "100755") !== ((stat.mode & 0o100) !== 0)) return true
  return blobOf(fs.readFileSync(place), sha) !== sha
}

/** As git names the contents, with the hash that `like` was made by. What a filter would change counts as changed. */
const blobOf = (contents: Uint8Array, like: string): string =>
  createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${contents.length}\0`)
    .update(contents)
    .digest("hex")

const halfDone: ReadonlyArray<readonly [file: RegExp, operation: string]> = [
  [/^MERGE_HEAD$/, "a merge"],
  [/^CHERRY_PICK_HEAD$/, "a cherry-pick"],
  [/^REVERT_HEAD$/, "a revert"],
  [/^BISECT_(LOG|START)$/, "a bisect"],
  [/^rebase-(merge|apply)$/, "a rebase"],
  [/^sequencer$/, "a series of cherry-picks or reverts"],
]

/** What is only half done, as the files in a tree's git directory tell it. */
export const unfinishedIn = (gitDirectory: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> =>
  Effect.map(listDirectory(gitDirectory), (names) =>
    halfDone.flatMap(([file, operation]) => (names.some((name) => file.test(name)) ? [operation] : [])),
  )

/** Why a worktree is locked, in the words of who locked it. */
export const lockOn = (gitDirectory: string): Effect.Effect<ReadonlyArray<string>, HomeUnusable> =>
  Effect.map(
    readText(path.join(gitDirectory, "locked")),
    Option.match({ onNone: () => [], onSome: (reason) => [`it is locked: ${reason.trim() || "no reason is given"}`] }),
  )
