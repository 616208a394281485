import { Effect, Option } from "effect"
import { patchDigest } from "../domain/patchDigest.ts"
import { atSamePlaces } from "../domain/atSamePlaces.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"

/** Where the search ends: what is further back was not merged lately. */
const commitsSearched = 500
const commitsCompared = 200

/**
 * How the change that a commit stands for came into the base under other names: all of it in one commit (squashed), or
 * each of its commits in one of its own, in their order (rebased). null: it did not, not all of it, or it cannot be told
 * which commits of the base they were.
 */
export const mergedElsewhere = Effect.fn("removal.mergedElsewhere")(function* (
  repository: string,
  head: string,
  base: string,
): Effect.fn.Return<string | null, GitError, Git> {
  const git = yield* Git
  const start = Option.getOrNull(yield* git.mergeBase(repository, head, base))
  if (start === null) return null
  const commits = yield* git.commitsOutside(repository, [head], { of: [start], limit: commitsCompared + 1 })
  if (commits.length > commitsCompared) return null
  const single = commits.filter(({ parents }) => parents.length === 1).reverse()
  // what changes nothing cannot be found again, and may be the one commit more that nobody merged
  for (const { parents, sha } of single) {
    if ((yield* git.changedPaths(repository, parents[0]!, sha)).length === 0) return null
  }
  const find = baseSearch(repository, start, base)
  const [whole, ...others] = yield* find({ from: start, to: head })
  if (others.length > 0) return null
  if (whole !== undefined) return `it was squashed into ${whole.slice(0, 12)}`
  if (single.length < commits.length) return null
  let last: string | null = null
  for (const { parents, sha } of single) {
    const found = yield* find({ from: parents[0]!, to: sha })
    const next: string | null = yield* firstAfter(repository, last, found)
    if (next === null) return null
    last = next
  }
  return "each of its commits was rebased onto the base"
})

/** A commit of the base stands for one of the branch, and later ones for later ones. */
const firstAfter = Effect.fnUntraced(function* (
  repository: string,
  last: string | null,
  found: ReadonlyArray<string>,
): Effect.fn.Return<string | null, GitError, Git> {
  const git = yield* Git
  for (const sha of found) {
    if (last === null || (sha !== last && (yield* git.isAncestor(repository, last, sha)))) return sha
  }
  return null
})

interface Change {
  readonly from: string
  readonly to: string
}

/** Finds the commits of the base that make a change where it makes it, oldest first. Each of the base is read once. */
const baseSearch = (repository: string, start: string, base: string) => {
  const digests = new Map<string, string>()
  const touching = new Map<string, ReadonlyArray<{ readonly sha: string; readonly parent: string }>>()
  return Effect.fnUntraced(function* (change: Change): Effect.fn.Return<ReadonlyArray<string>, GitError, Git> {
    const git = yield* Git
    const [path] = yield* git.changedPaths(repository, change.from, change.to)
    if (path === undefined) return []
    const patch = yield* git.patch(repository, change.from, change.to)
    const wanted = patchDigest(patch)
    const candidates =
      touching.get(path) ??
      (yield* git.commitsTouching(repository, { after: start, upTo: base, path, limit: commitsSearched }))
    touching.set(path, candidates)
    const found: Array<string> = []
    for (const { parent, sha } of candidates) {
      const digest = digests.get(sha) ?? patchDigest(yield* git.patch(repository, parent, sha))
      digests.set(sha, digest)
      if (digest !== wanted) continue
      const drift = yield* git.patch(repository, change.from, parent, { contextLines: 0 })
      if (atSamePlaces(patch, yield* git.patch(repository, parent, sha), drift)) found.push(sha)
    }
    return found.reverse()
  })
}
