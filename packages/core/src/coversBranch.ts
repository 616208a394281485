import { Effect } from "effect"
import type { IssueRef } from "./domain/IssueRef.ts"
import type { PullRequest } from "./domain/PullRequest.ts"
import { Servers } from "./Servers.ts"
import { Git } from "./system/Git.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { remoteAt } from "./worktrees/remoteAt.ts"
import { fetchAside, findClone, lockClone } from "./worktrees/SharedClone.ts"

/**
 * Whether a pull request's head is, or has, all that the remote's branch has at this moment.
 * `gone`: it has no such branch any more; `unknown`: neither the shared clone nor the remote has that head.
 */
export const coversBranch = Effect.fn("coversBranch")(function* (
  ref: IssueRef,
  branch: string,
  pullRequest: PullRequest,
) {
  const git = yield* Git
  const home = yield* KugetsuHome
  const remote = yield* remoteAt(yield* (yield* Servers).cloneUrl(ref))
  // forges keep the head of a pull request when its branch is deleted
  const kept = [`refs/pull/${pullRequest.number}/head`, `refs/merge-requests/${pullRequest.number}/head`]
  const told = yield* git.listRemote(remote, [`refs/heads/${branch}`, ...kept])
  const pushed = told.heads.get(branch)
  if (pushed === undefined) return "gone"
  if (pushed === pullRequest.head) return "covered"
  const clone = yield* findClone(home, ref.repositoryKey)
  return yield* Effect.scoped(
    Effect.gen(function* () {
      yield* lockClone(home, clone)
      const now = yield* fetchAside(clone, remote, branch, true)
      if (now === null) return "gone"
      const has = yield* contains(clone, pullRequest.head, now)
      const from = kept.find((name) => told.others.has(name))
      if (has !== "unknown" || from === undefined) return has
      yield* git.fetchRef(clone, remote, { from, to: `refs/kugetsu/merged/${pullRequest.number}` })
      return yield* contains(clone, pullRequest.head, now)
    }),
  )
})

/** As far as the repository knows. */
const contains = Effect.fnUntraced(function* (repository: string, head: string | null, commit: string) {
  if (head === commit) return "covered"
  const git = yield* Git
  if (head === null || !objectName.test(head) || !(yield* git.hasCommit(repository, head))) return "unknown"
  return (yield* git.isAncestor(repository, commit, head)) ? "covered" : "not_covered"
})

const objectName = /^([0-9a-f]{40}|[0-9a-f]{64})$/
