import { Effect } from "effect"
import * as path from "node:path"
import { type HomeUnusable, listDirectory } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RecordUnreadable } from "../system/JsonFile.ts"
import { readReflog } from "../trash/WorktreeAdmin.ts"
import type { Head } from "./commitsAt.ts"
import { readHead } from "./readHead.ts"

/** More are not looked at. */
const counted = 1000

/** Fetched branches and tags are the remote's; what is below `refs/kugetsu` is a copy. */
const notOwn = /^refs\/(remotes|kugetsu)\//

/**
 * All that a repository keeps by whatever name, where the whole of it goes: branches, tags, other refs, what is checked
 * out, and what its worktrees stood on and no name leads to any more. `view`: a repository that has its objects and
 * what the remote has.
 */
export const wholeHeads = Effect.fn("removal.wholeHeads")(function* (
  repository: string,
  view: string,
): Effect.fn.Return<ReadonlyArray<Head>, GitError | HomeUnusable | RecordUnreadable, Git> {
  const git = yield* Git
  const stashes = new Set((yield* git.stashes(repository)).map(({ sha }) => sha))
  const there = new Set((yield* git.refs(view, ["refs/kugetsu/remote-tags/"])).values())
  const heads: Array<Head> = []
  for (const { isCommit, name, sha } of yield* git.tips(repository)) {
    // the list of stashes is a fact of its own
    if (notOwn.test(name) || there.has(sha) || (name === "refs/stash" && stashes.has(sha))) continue
    heads.push({ name: name.replace(/^refs\/heads\//, ""), sha, isCommit })
  }
  const worktrees = yield* worktreesOf(repository)
  for (const directory of worktrees) {
    const head = yield* readHead(directory)
    if (head._tag === "Detached") heads.push({ name: "HEAD", sha: head.sha })
  }
  return [...heads, ...(yield* leftBehind(worktrees, view, heads))]
})

/** The git directories of a repository's own tree and of those that hang off it. */
const worktreesOf = Effect.fnUntraced(function* (repository: string) {
  const admins = path.join(repository, "worktrees")
  return [repository, ...(yield* listDirectory(admins)).map((id) => path.join(admins, id))]
})

/** Who amends or rebases a commit has put another in its place. */
const replaces = /^(commit \(amend\)|rebase\b|pull\b.*(--rebase|\((start|pick|finish)\)))/

/** Commits that a worktree stood on, which neither the remote nor any of the heads has. */
const leftBehind = Effect.fnUntraced(function* (
  worktrees: ReadonlyArray<string>,
  view: string,
  heads: ReadonlyArray<Head>,
): Effect.fn.Return<ReadonlyArray<Head>, GitError | HomeUnusable, Git> {
  const git = yield* Git
  const [stoodOn, replaced] = [new Set<string>(), new Set<string>()]
  for (const directory of worktrees) {
    for (const { from, message, to } of yield* readReflog(directory, "HEAD")) {
      stoodOn.add(from).add(to)
      if (replaces.test(message)) replaced.add(from)
    }
  }
  if (stoodOn.size === 0) return []
  const types = yield* git.objectTypes(view, [...stoodOn])
  const isThere = (sha: string) => types.get(sha) === "commit"
  const known = heads.flatMap(({ isCommit, sha }) => (isCommit === false ? [] : [sha]))
  const lost = yield* git.commitsOutside(view, [...stoodOn].filter(isThere), {
    of: "remote",
    besides: [...known, ...[...replaced].filter(isThere)],
    limit: counted,
  })
  const parents = new Set(lost.flatMap((commit) => commit.parents))
  return lost.flatMap(({ sha }) => (parents.has(sha) ? [] : [{ name: `the reflog (${sha.slice(0, 12)})`, sha }]))
})
