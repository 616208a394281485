import { Effect } from "effect"
import type { PullRequest } from "../domain/PullRequest.ts"
import type { CommitsAt } from "../domain/Removal.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { mergedElsewhere } from "./mergedElsewhere.ts"
import type { RemoteView } from "./RemoteView.ts"

/** A branch, or what is checked out, and the commit it stands on. */
export interface Head {
  readonly name: string
  readonly sha: string
  /** false: a tag of something else. */
  readonly isCommit?: boolean
}

/** More are not counted. */
const counted = 1000

/** Whether none of the heads has a commit that the base lacks. Without a base every commit is one of its own. */
export const hasOwnCommits = Effect.fn("removal.hasOwnCommits")(function* (
  { bases, repository }: RemoteView,
  heads: ReadonlyArray<Head>,
): Effect.fn.Return<boolean, GitError, Git> {
  if (heads.some(isOther)) return true
  const own = yield* (yield* Git).commitsOutside(repository, shasOf(heads), { of: bases, limit: 1 })
  return own.length > 0
})

/** Where the commits of heads that have some of their own are. `merged`: the pull request that was merged, if one was. */
export const commitsAt = Effect.fn("removal.commitsAt")(function* (
  view: RemoteView,
  heads: ReadonlyArray<Head>,
  merged: PullRequest | null,
): Effect.fn.Return<CommitsAt, GitError, Git> {
  const git = yield* Git
  const found: Array<CommitsAt> = []
  for (const head of heads) {
    if (isOther(head)) {
      found.push({ where: "here", detail: `what ${head.name} stands for is not on the remote` })
      continue
    }
    const own = yield* git.commitsOutside(view.repository, [head.sha], { of: view.bases, limit: 1 })
    if (own.length > 0) found.push(yield* whereIs(view, head, merged))
  }
  const worst = (["here", "remote", "merged"] as const).find((where) => found.some((at) => at.where === where))
  if (worst === undefined) return { where: "base", detail: "it has no commit of its own" }
  const details = found.filter(({ where }) => (worst === "here" ? where === "here" : true)).map(({ detail }) => detail)
  return { where: worst, detail: [...new Set(details)].join("; ") }
})

const whereIs = Effect.fnUntraced(function* (
  view: RemoteView,
  head: Head,
  merged: PullRequest | null,
): Effect.fn.Return<CommitsAt, GitError, Git> {
  const git = yield* Git
  const { name, sha } = head
  const missing = yield* git.commitsOutside(view.repository, [sha], { of: "remote", limit: counted })
  if (missing.length === 0) return { where: "remote", detail: `every commit of ${name} is on the remote` }
  const how = yield* howMerged(view, head, merged)
  if (how !== null) return { where: "merged", detail: `${name} ${how}` }
  const commits =
    missing.length === 1 ? "1 commit" : `${missing.length === counted ? "at least " : ""}${missing.length} commits`
  return { where: "here", detail: `${commits} of ${name} ${missing.length === 1 ? "is" : "are"} not on the remote` }
})

/** By the pull request's head, else by the change itself; null: it cannot be seen that it was. */
const howMerged = Effect.fnUntraced(function* (
  view: RemoteView,
  head: Head,
  merged: PullRequest | null,
): Effect.fn.Return<string | null, GitError, Git> {
  const { bases, remote, repository } = view
  if (merged !== null) {
    if (yield* isBelowHeadOf(repository, remote, head.sha, merged)) return `was merged with ${merged.url}`
    // where it is known what was merged, and that there is more, nothing is guessed from what looks alike
    if (yield* goesBeyond(view, [head], merged)) return null
  }
  for (const base of bases) {
    const how = yield* mergedElsewhere(repository, head.sha, base)
    if (how !== null) return `is in the base: ${how}`
  }
  return null
})

/** Whether all that the heads have was merged with the pull request, or is in the base in another form. */
export const areMerged = Effect.fn("removal.areMerged")(function* (
  view: RemoteView,
  heads: ReadonlyArray<Head>,
  merged: PullRequest,
): Effect.fn.Return<boolean, GitError, Git> {
  for (const head of heads) if ((yield* howMerged(view, head, merged)) === null) return false
  return true
})

/** Whether each of the heads is the pull request's, or below it. */
export const areOf = Effect.fn("removal.areOf")(function* (
  { remote, repository }: RemoteView,
  heads: ReadonlyArray<Head>,
  pullRequest: PullRequest,
): Effect.fn.Return<boolean, GitError, Git> {
  for (const sha of shasOf(heads)) if (!(yield* isBelowHeadOf(repository, remote, sha, pullRequest))) return false
  return true
})

/** Whether a head goes on where the pull request's ended: work that it says nothing of. */
export const goesBeyond = Effect.fn("removal.goesBeyond")(function* (
  { bases, repository }: RemoteView,
  heads: ReadonlyArray<Head>,
  { head }: PullRequest,
): Effect.fn.Return<boolean, GitError, Git> {
  const git = yield* Git
  if (head === null || !objectName.test(head) || !(yield* git.hasCommit(repository, head))) return false
  for (const sha of shasOf(heads)) {
    const isAhead = (yield* git.commitsOutside(repository, [head], { of: [sha], limit: 1 })).length === 0
    const more = yield* git.commitsOutside(repository, [sha], { of: [head, ...bases], limit: 1 })
    if (isAhead && more.length > 0) return true
  }
  return false
})

const objectName = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/** The head that was merged may be further than ours, when somebody else pushed, too; then it is asked for. */
const isBelowHeadOf = Effect.fnUntraced(function* (
  repository: string,
  remote: RemoteView["remote"],
  sha: string,
  { head, number }: PullRequest,
): Effect.fn.Return<boolean, GitError, Git> {
  if (head === null || !objectName.test(head)) return false
  if (head === sha) return true
  const git = yield* Git
  const to = `refs/kugetsu/merged/${number}`
  for (const from of [`refs/pull/${number}/head`, `refs/merge-requests/${number}/head`]) {
    if (yield* git.hasCommit(repository, head)) break
    // a remote that keeps none has said enough: the head stays unknown
    yield* git.fetchRef(repository, remote, { from, to }).pipe(
      Effect.catchTags({
        GitFailed: ({ message }) => Effect.logDebug(message),
        RemoteUnreachable: ({ message }) => Effect.logDebug(message),
      }),
    )
  }
  if (!(yield* git.hasCommit(repository, head))) return false
  return (yield* git.commitsOutside(repository, [sha], { of: [head], limit: 1 })).length === 0
})

const isOther = ({ isCommit }: Head): boolean => isCommit === false

const shasOf = (heads: ReadonlyArray<Head>): ReadonlyArray<string> => [
  ...new Set(heads.flatMap((head) => (isOther(head) ? [] : [head.sha]))),
]
