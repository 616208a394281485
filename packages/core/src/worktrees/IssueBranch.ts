import { Effect, Schema } from "effect"
import { ExitCode } from "../domain/Failure.ts"
import { branchOf, type IssueRef, pullRequestNumber } from "../domain/IssueRef.ts"
import type { PullRequest } from "../domain/PullRequest.ts"
import { PullRequests } from "../PullRequests.ts"
import { Git, type Remote } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RemoteRefs } from "../system/GitOutput.ts"
import type { CloneLock, SharedClone } from "./SharedClone.ts"

/** The branch a pull request comes from cannot be worked on. */
export class PullRequestHeadUnknown extends Schema.TaggedError<PullRequestHeadUnknown>()("PullRequestHeadUnknown", {
  issue: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.issue}: ${this.reason}`
  }
  get remedy() {
    return "Only a pull request whose branch is in the same repository can be worked on: push the branch there first."
  }
}

/** Whether the ref means a pull request that no issue's session owns. */
export const isPullRequest = (ref: IssueRef): boolean => pullRequestNumber(ref) !== null

/** What `ls-remote` must be asked to learn which branch an issue's worktree stands on. */
export const refsToAsk = (ref: IssueRef): ReadonlyArray<string> => {
  const number = pullRequestNumber(ref)
  const always = ["HEAD", "refs/heads/*"]
  return number === null ? always : [...always, `refs/pull/${number}/head`, `refs/merge-requests/${number}/head`]
}

/** The pull request of a branch once it is merged or closed. null: open, none, or the forge could not say. */
export const settledPullRequest = Effect.fn("IssueBranch.settledPullRequest")(function* (
  ref: IssueRef,
  branch: string,
): Effect.fn.Return<PullRequest | null, never, PullRequests> {
  const found = yield* (yield* PullRequests)
    .findByBranch(ref, branch)
    .pipe(Effect.catchTag("ForgeUnknown", (unknown) => Effect.as(Effect.logInfo(unknown.message), null)))
  return found?.state === "merged" || found?.state === "closed" ? found : null
})

export interface BranchStart {
  readonly branch: string
  /** The commit a worktree on it is made from. */
  readonly start: string
  readonly warnings: ReadonlyArray<string>
}

/** What is known of an issue when its worktree is made or taken up. */
export interface Circumstances {
  readonly ref: IssueRef
  /** The branch that the session's record names. */
  readonly recorded: string | null
  /** The issue begins anew: on a branch that neither the remote nor the clone has. */
  readonly fresh: boolean
  /** Commits that the worktree was seen on, the newest first. */
  readonly seen: ReadonlyArray<string>
  /** The branch that work starts from. */
  readonly base: string
  readonly remote: Remote
  readonly told: RemoteRefs
  readonly clone: SharedClone
  readonly lock: CloneLock
}

/** Whether work of many issues goes to the branch, so that none may be done on it. */
export const isShared = ({ base, told }: Pick<Circumstances, "base" | "told">, branch: string): boolean =>
  branch === base || branch === told.defaultBranch

/** The branch for a worktree that is to be made: the recorded one, or the issue's own, and where it starts. */
export const chooseBranch = Effect.fn("IssueBranch.choose")(function* (
  circumstances: Circumstances,
): Effect.fn.Return<BranchStart, PullRequestHeadUnknown | GitError, Git | PullRequests> {
  const { ref, recorded, fresh, base, told, clone } = circumstances
  const number = pullRequestNumber(ref)
  if (number !== null) {
    return yield* startOf(recorded ?? (yield* branchOfPullRequest(ref, number, base, told)), base, clone)
  }
  if (fresh) return { branch: unusedBranch(circumstances), start: clone.heads.get(base) ?? "", warnings: [] }
  const settled = recorded === null ? null : yield* settledPullRequest(ref, recorded)
  const branch = recorded !== null && settled === null ? recorded : yield* freeBranch(circumstances, recorded)
  return yield* startOf(branch, base, clone)
})

/** For a worktree that has work in it: the branch it had, whatever became of its pull request. */
export const startAgain = (circumstances: Circumstances) => {
  const { base, clone, recorded } = circumstances
  return recorded === null ? chooseBranch(circumstances) : startOf(recorded, base, clone)
}

/** The first of the issue's branches that is nowhere. */
const unusedBranch = ({ base, clone, ref, told }: Circumstances): string => {
  for (let generation = 1; ; generation++) {
    const branch = branchOf(ref, generation)
    const isUsed = clone.heads.has(branch) || clone.locals.has(branch)
    if (!isUsed && !isShared({ base, told }, branch)) return branch
  }
}

/** The first of the issue's branches that nobody has finished with; later ones than `after`. */
export const freeBranch = Effect.fn("IssueBranch.free")(function* (
  { base, clone, ref, told }: Circumstances,
  after: string | null,
): Effect.fn.Return<string, never, PullRequests> {
  for (let generation = generationOf(ref, after) + 1; ; generation++) {
    const branch = branchOf(ref, generation)
    if (isShared({ base, told }, branch)) continue
    const isNew = !clone.heads.has(branch) && !clone.locals.has(branch)
    if (isNew || (yield* settledPullRequest(ref, branch)) === null) return branch
  }
})

/** 0 for a branch that is none of the issue's. */
const generationOf = (ref: IssueRef, branch: string | null): number => {
  const last = Number(/\d+$/.exec(branch ?? "")?.[0] ?? 1)
  return [1, last].find((generation) => branchOf(ref, generation) === branch) ?? 0
}

/** Where a branch starts: never behind what the clone or the remote has of it. */
export const startOf = Effect.fn("IssueBranch.start")(function* (
  branch: string,
  base: string,
  clone: SharedClone,
): Effect.fn.Return<BranchStart, GitError, Git> {
  const git = yield* Git
  const [remote, local] = [clone.heads.get(branch), clone.locals.get(branch)]
  const from = (start: string, ...warnings: ReadonlyArray<string>) => ({ branch, start, warnings })
  const fresh = clone.heads.get(base) ?? ""
  if (local === undefined) return from(remote ?? fresh)
  // a branch that was made for an agent that then did nothing: by now the base may be further
  if (remote === undefined) return from((yield* git.countUnpushed(clone.path, local)) > 0 ? local : fresh)
  if (yield* git.isAncestor(clone.path, local, remote)) return from(remote)
  if (yield* git.isAncestor(clone.path, remote, local)) return from(local)
  return from(local, `${branch} has commits here that are not on the remote, and the remote has others`)
})

/** The pull request's own ref tells its commit; the branch of this repository that stands on it is its head. */
const branchOfPullRequest = Effect.fn("IssueBranch.ofPullRequest")(function* (
  ref: IssueRef,
  number: number,
  base: string,
  told: RemoteRefs,
) {
  const unknown = (reason: string) => new PullRequestHeadUnknown({ issue: ref.toString(), reason })
  const head = told.others.get(`refs/pull/${number}/head`) ?? told.others.get(`refs/merge-requests/${number}/head`)
  if (head === undefined) return yield* unknown(`the remote has no pull request ${number}`)
  const branches = [...told.heads].flatMap(([name, sha]) => (sha === head && name !== base ? [name] : []))
  const [only, ...others] = branches
  if (only === undefined) {
    return yield* unknown("its head is on no branch of this repository: it comes from a fork, or its branch is deleted")
  }
  if (others.length === 0) return only
  const named = yield* (yield* PullRequests)
    .findByNumber(ref, number)
    .pipe(Effect.mapError((forge) => unknown(`its head may be any of ${branches.join(", ")}, and ${forge.message}`)))
  return branches.includes(named.branch)
    ? named.branch
    : yield* unknown(`the forge names its branch ${named.branch}, which stands elsewhere`)
})
