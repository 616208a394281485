import { Effect, Result } from "effect"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { type Receipt, refsOf, subjectOf } from "../domain/Receipt.ts"
import { Servers } from "../Servers.ts"
import { exists } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { remoteAt } from "../worktrees/remoteAt.ts"
import { syncClone } from "../worktrees/SharedClone.ts"
import { RescueIncomplete } from "./RescueIncomplete.ts"

/**
 * Sees to it that the repository has what the receipt's refs stand for: where it was lost it is cloned again, and what
 * no remote has comes from the bundle. Gives, in words, what cannot be had any more; without the commits that were
 * checked out it refuses. Needs the lock of the repository.
 */
export const recoverObjects = Effect.fn("Trash.recoverObjects")(function* (home: KugetsuPaths, receipt: Receipt) {
  const { bundle, clone, refs } = receipt
  if (clone === null) return []
  const incomplete = (...missing: ReadonlyArray<string>) =>
    new RescueIncomplete({ wanted: subjectOf(receipt), missing, directory: home.trashed(receipt.id).dir })
  const lost = !(yield* exists(clone))
  if (lost && !(yield* cloneAgain(home, receipt))) return yield* incomplete(`the repository ${clone} is gone`)

  const git = yield* Git
  const there = yield* git.refs(clone, [refsOf(receipt.id)])
  const gone = refs.filter(({ name, sha }) => there.get(name) !== sha)
  if (gone.length === 0) return []
  const unbundled =
    bundle === null
      ? ""
      : yield* git.unbundle(clone, bundle).pipe(
          Effect.as(""),
          Effect.catchTag("GitFailed", ({ detail }) => Effect.succeed(` (${bundle} could not be read: ${detail})`)),
        )
  const vital = [receipt.branch?.sha, receipt.head?.sha].flatMap((sha) => sha ?? [])
  const objects = yield* git.objectTypes(clone, [...refs.map(({ sha }) => sha), ...vital])
  yield* git.changeRefs(
    clone,
    gone.flatMap(({ name, sha }) => (objects.has(sha) ? [{ name, to: sha }] : [])),
  )
  const lostCommits = [...new Set(vital)].filter((sha) => !objects.has(sha))
  if (lostCommits.length > 0) {
    return yield* incomplete(...lostCommits.map((sha) => `commit ${sha} is in no repository${unbundled}`))
  }
  return [
    ...(lost ? ["the repository was lost and is cloned again: what other worktrees alone had is not in it"] : []),
    ...gone.flatMap(({ name, sha }) => (objects.has(sha) ? [] : [wordsFor(name.slice(refsOf(receipt.id).length))])),
  ]
})

const wordsFor = (name: string): string => {
  if (name === "index") return "contents that were staged and are in no commit"
  const [kind, sha] = name.split("/")
  return kind === "stash" ? `the stash ${sha}` : `${sha}, which a reflog or a merge in progress names`
}

/** false: nobody knows where from. */
const cloneAgain = Effect.fnUntraced(function* (home: KugetsuPaths, { clone, issue_ref }: Receipt) {
  const ref = issue_ref === null ? null : Result.getOrElse(parseIssueRef(issue_ref), () => null)
  if (ref === null || clone === null || !clone.startsWith(`${home.repositories}/`)) return false
  const remote = yield* remoteAt(yield* (yield* Servers).cloneUrl(ref))
  const told = yield* (yield* Git).listRemote(remote, ["HEAD", "refs/heads/*"])
  yield* syncClone(clone, remote, told)
  return true
})
