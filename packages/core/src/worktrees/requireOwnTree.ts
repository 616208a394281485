import { Effect, Option, Schema } from "effect"
import * as path from "node:path"
import { type CloneUrl, readCloneUrl, sameRepository } from "../domain/CloneUrl.ts"
import { ExitCode } from "../domain/Failure.ts"
import { branchOf } from "../domain/IssueRef.ts"
import { withoutSecrets } from "../domain/Secret.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { ConfigEntry } from "../system/GitFilters.ts"
import { type Circumstances, isShared } from "./IssueBranch.ts"

/** The worktree of an issue's session belongs to another repository than the issue. */
export class OtherRepository extends Schema.TaggedError<OtherRepository>()("OtherRepository", {
  worktree: Schema.String,
  issue: Schema.String,
  /** Where its `origin` is; null: it has none. */
  found: Schema.NullOr(Schema.String),
  expected: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    const origin = this.found === null ? "has no remote called origin" : `belongs to ${this.found}`
    return `${this.worktree} ${origin}, and ${this.issue} to ${this.expected}`
  }
  get remedy() {
    return `Nothing in it was touched. If both are the same repository, run: git -C '${this.worktree}' remote set-url origin '${this.expected}'. If not, move the directory away, and start the issue again.`
  }
}

/** The worktree stands on a branch that everybody's work goes to. */
export class BaseBranchCheckedOut extends Schema.TaggedError<BaseBranchCheckedOut>()("BaseBranchCheckedOut", {
  worktree: Schema.String,
  branch: Schema.String,
  expected: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.worktree} stands on ${this.branch}, which work starts from, and not on the issue's ${this.expected}`
  }
  get remedy() {
    return `Nothing was started. Save what is in it, then run: git -C '${this.worktree}' switch ${this.expected} (with -c where that branch is still to be made).`
  }
}

/** Refuses a worktree whose commits would go to another repository, or straight to the branch that work starts from. */
export const requireOwnTree = Effect.fn("Worktrees.requireOwnTree")(function* (
  worktree: string,
  at: { readonly entries: ReadonlyArray<ConfigEntry>; readonly checkedOut: string | null; readonly branch: string },
  { base, ref, remote, told }: Circumstances,
): Effect.fn.Return<void, OtherRepository | BaseBranchCheckedOut | GitError, Git> {
  const other = yield* otherOrigin(worktree, at.entries, remote.url)
  if (Option.isSome(other)) {
    const expected = withoutSecrets(remote.url)
    return yield* new OtherRepository({ worktree, issue: ref.toString(), found: other.value, expected })
  }
  const shared = [at.checkedOut, at.branch].find((branch) => branch !== null && isShared({ base, told }, branch))
  if (!shared) return
  const expected = isShared({ base, told }, at.branch) ? branchOf(ref) : at.branch
  return yield* new BaseBranchCheckedOut({ worktree, branch: shared, expected })
})

/** The first address of `origin` that is not the expected repository, without secrets; null: there is no `origin`. */
export const otherOrigin = Effect.fn("Worktrees.otherOrigin")(function* (
  worktree: string,
  entries: ReadonlyArray<ConfigEntry>,
  expected: string,
): Effect.fn.Return<Option.Option<string | null>, GitError, Git> {
  const urls = yield* originOf(worktree, entries)
  if (urls.length === 0) return Option.some(null)
  for (const url of urls) if (!(yield* isSame(worktree, url, expected))) return Option.some(withoutSecrets(url))
  return Option.none()
})

/** Where `origin` is fetched from and pushed to. */
const originOf = Effect.fnUntraced(function* (worktree: string, entries: ReadonlyArray<ConfigEntry>) {
  const rewrites = entries.some(
    ({ key, scope }) => (scope === "local" || scope === "worktree") && key.startsWith("url."),
  )
  if (rewrites) return yield* (yield* Git).originUrls(worktree)
  return entries.flatMap(({ key, value }) =>
    /^remote\.origin\.(push)?url$/.test(key) && value !== null ? [value] : [],
  )
})

/** As they stand, or as the person's own `url.<base>.insteadOf` writes them. */
const isSame = Effect.fnUntraced(function* (worktree: string, origin: string, expected: string) {
  if (sameRepository(readAt(worktree, origin), readAt("/", expected))) return true
  const git = yield* Git
  const [here, there] = [yield* git.effectiveUrl(origin), yield* git.effectiveUrl(expected)]
  return sameRepository(readAt(worktree, here), readAt("/", there))
})

/** A local path may be relative to the repository that names it. */
const readAt = (directory: string, url: string): CloneUrl => {
  const read = readCloneUrl(url)
  return read.transport === "file" && !/^file:/i.test(url) ? readCloneUrl(path.resolve(directory, url)) : read
}
