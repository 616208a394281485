import { Effect } from "effect"
import * as path from "node:path"
import type { IssueRef } from "../domain/IssueRef.ts"
import type { StashOwner } from "../domain/stashOwner.ts"
import { exists, type HomeUnusable, listDirectory } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RecordUnreadable } from "../system/JsonFile.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { findClone } from "../worktrees/SharedClone.ts"
import { markOf, surveyPlace, type WorktreeInTheWay } from "../worktrees/WorktreePlace.ts"
import { gitDirectoryOf } from "./gitDirectory.ts"
import { type HeadFile, readHead } from "./readHead.ts"
import { commitsStoodOn } from "./stashesOf.ts"

/** The worktree that is to go, as the records tell of it. */
export interface RemovalSubject {
  readonly ref: IssueRef
  /** Absolute. */
  readonly worktree: string
  /** A session was given this place, so that what is in it counts. */
  readonly handedOut: boolean
  /** The record's branch. */
  readonly branch: string | null
  /** The record's pull request. */
  readonly pullRequest: number | null
  /** Runs whose processes may be alive. */
  readonly runs: ReadonlyArray<string>
}

/** What is there of it. */
export interface RemovalSite {
  /** The tree, where it can be looked at: it is there, and an agent may have worked in it. */
  readonly tree: string | null
  /** Where the tree's HEAD and index are; null: nothing is left of it, or it was never finished. */
  readonly gitDirectory: string | null
  /** Where its objects and branches are; null: there is no repository. */
  readonly repository: string | null
  /** The repository is the shared clone, which kugetsu keeps in order. */
  readonly shared: boolean
  /** The whole repository goes with the worktree. */
  readonly isWhole: boolean
  readonly head: HeadFile | null
  /** Branches that are the worktree's. */
  readonly branches: ReadonlySet<string>
}

export const surveySite = Effect.fn("RemovalSite.survey")(function* ({
  branch,
  handedOut,
  ref,
  worktree,
}: RemovalSubject): Effect.fn.Return<
  RemovalSite,
  WorktreeInTheWay | RecordUnreadable | HomeUnusable | GitError,
  Git | KugetsuHome
> {
  const clone = yield* findClone(yield* KugetsuHome, ref.repositoryKey)
  const place = yield* surveyPlace(worktree, clone, handedOut)
  if (place._tag === "Free" || place._tag === "Unfinished") {
    const branches = new Set(branch === null ? [] : [branch])
    const repository = (yield* exists(clone)) ? clone : null
    return { tree: null, gitDirectory: null, repository, shared: true, isWhole: false, head: null, branches }
  }
  const shared = place._tag !== "Independent"
  const gitDirectory = shared ? place.admin : gitDirectoryOf(worktree)
  const head = gitDirectory === null ? null : yield* readHead(gitDirectory)
  const named = [branch, shared ? (place.mark?.branch ?? null) : null, head?._tag === "Branch" ? head.branch : null]
  return {
    tree: place._tag === "TreeMissing" ? null : worktree,
    gitDirectory,
    repository: shared ? clone : yield* (yield* Git).commonDirectory(worktree),
    shared,
    isWhole: !shared && gitDirectory === path.join(worktree, ".git"),
    head,
    branches: new Set(named.filter((name) => name !== null)),
  }
})

/** The worktree as somebody who may have made a stash, and the other worktrees of its repository. */
export const stashOwners = Effect.fn("RemovalSite.stashOwners")(function* ({
  branches,
  gitDirectory,
  repository,
}: Pick<RemovalSite, "branches" | "gitDirectory" | "repository">): Effect.fn.Return<
  { readonly own: StashOwner; readonly others: ReadonlyArray<StashOwner> },
  HomeUnusable
> {
  const own = { branches, stoodOn: gitDirectory === null ? new Set<string>() : yield* commitsStoodOn(gitDirectory) }
  const others: Array<StashOwner> = []
  for (const admin of repository === null ? [] : yield* treesOf(repository)) {
    if (admin === gitDirectory) continue
    // one that is being made has none yet, and no stash either
    const head = yield* Effect.catchTag(readHead(admin), "RecordUnreadable", () => Effect.succeed(null))
    const mark = yield* markOf(admin)
    const named = [head?._tag === "Branch" ? head.branch : null, mark?.branch ?? null]
    others.push({ branches: new Set(named.filter((name) => name !== null)), stoodOn: yield* commitsStoodOn(admin) })
  }
  return { own, others }
})

/** The git directories of its worktrees; a person's own clone has one itself. */
const treesOf = Effect.fnUntraced(function* (repository: string) {
  const admins = path.join(repository, "worktrees")
  const linked = (yield* listDirectory(admins)).map((id) => path.join(admins, id))
  return path.basename(repository) === ".git" ? [repository, ...linked] : linked
})
