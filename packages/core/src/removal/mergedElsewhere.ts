import { Effect, Option } from "effect"
import { patchDigest } from "../domain/patchDigest.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"

/** Where the search ends: what is further back was not merged lately. */
const commitsSearched = 500
const commitsCompared = 200

/**
 * How the change that a commit stands for came into the base under other names: all of it in one commit (squashed), or
 * each of its commits (rebased). null: it did not, or not all of it.
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
  const single = commits.filter(({ parents }) => parents.length === 1)
  // what changes nothing cannot be found again, and may be the one commit more that nobody merged
  for (const { parents, sha } of single) {
    if ((yield* git.changedPaths(repository, parents[0]!, sha)).length === 0) return null
  }
  const search = baseSearch(repository, start, base)
  const whole = yield* search({ from: start, to: head })
  if (whole !== null) return `it was squashed into ${short(whole)}`
  if (single.length < commits.length) return null
  for (const { parents, sha } of single) {
    if ((yield* search({ from: parents[0]!, to: sha })) === null) return null
  }
  return "each of its commits was rebased onto the base"
})

const short = (sha: string): string => sha.slice(0, 12)

/** Finds the commit of the base that makes a change; null: none does. Each commit of the base is read once. */
const baseSearch = (repository: string, start: string, base: string) => {
  const digests = new Map<string, string>()
  const touching = new Map<string, ReadonlyArray<{ readonly sha: string; readonly parent: string }>>()
  return Effect.fnUntraced(function* (change: { readonly from: string; readonly to: string }) {
    const git = yield* Git
    const [path] = yield* git.changedPaths(repository, change.from, change.to)
    if (path === undefined) return null
    const wanted = patchDigest(yield* git.patch(repository, change.from, change.to))
    const candidates =
      touching.get(path) ??
      (yield* git.commitsTouching(repository, { after: start, upTo: base, path, limit: commitsSearched }))
    touching.set(path, candidates)
    for (const { parent, sha } of candidates) {
      const digest = digests.get(sha) ?? patchDigest(yield* git.patch(repository, parent, sha))
      digests.set(sha, digest)
      if (digest === wanted) return sha
    }
    return null
  })
}
