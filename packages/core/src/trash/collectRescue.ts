import { Effect } from "effect"
import { type Receipt, refsOf, type TrashId } from "../domain/Receipt.ts"
import { type StashOwner, stashOwner } from "../domain/stashOwner.ts"
import { stashOwners } from "../removal/RemovalSite.ts"
import type { HomeUnusable } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { branchRef } from "../system/GitRescue.ts"
import type { DiscardPlace } from "./surveyDiscard.ts"
import { branchesUsedBesides, headIn, objectsNamedIn, readReflog } from "./WorktreeAdmin.ts"

/** What a receipt says of git. */
export type Rescue = Pick<Receipt, "clone" | "branch" | "head" | "refs" | "stashes">

/** What of a worktree only its own git directory, its branch and the stash keep alive. Needs the clone's lock. */
export const collectRescue = Effect.fn("Trash.collectRescue")(function* (
  id: TrashId,
  { admin, clone, ours }: DiscardPlace,
  recorded: string | null,
): Effect.fn.Return<Rescue, GitError | HomeUnusable, Git> {
  if (clone === null) return { clone, branch: null, head: null, refs: [], stashes: [] }
  const git = yield* Git
  const usedElsewhere = yield* branchesUsedBesides(clone, admin)
  const branches = yield* git.refs(clone, ["refs/heads/"])
  const shaOf = (name: string | null) => (name === null ? null : (branches.get(branchRef(name)) ?? null))

  const checkedOut = admin === null ? null : yield* headIn(admin)
  const head = checkedOut && { branch: checkedOut.branch, sha: checkedOut.sha ?? shaOf(checkedOut.branch) }
  const tip = shaOf(recorded)
  const stands = recorded !== null && (yield* git.symbolicBranches(clone)).has(branchRef(recorded))
  const removed = ours && !stands && recorded !== null && !usedElsewhere.has(recorded)
  const branch = recorded === null || tip === null ? null : { name: recorded, sha: tip, removed }

  const named = new Set(admin === null ? [] : yield* objectsNamedIn(admin))
  for (const sha of [head?.sha, tip]) if (sha) named.add(sha)
  for (const name of [recorded, head?.branch ?? null]) {
    if (name === null) continue
    for (const { from, to } of yield* readReflog(clone, branchRef(name))) named.add(from).add(to)
  }
  const own = new Set([recorded, head?.branch ?? null].filter((name) => name !== null))
  const stashes = yield* ownStashes(
    clone,
    yield* stashOwners({ branches: own, gitDirectory: admin, repository: clone }),
  )
  const index = admin === null ? null : yield* indexTree(clone, admin, head?.sha ?? null)

  const below = (name: string, sha: string) => ({ name: `${refsOf(id)}${name}`, sha })
  return {
    clone,
    branch,
    head,
    stashes,
    refs: [
      ...(branch === null ? [] : [below("branch", branch.sha)]),
      ...(yield* tipsAmong(clone, [...named])).map((sha) => below(`keep/${sha}`, sha)),
      ...(index === null ? [] : [below("index", index)]),
      ...stashes.map(({ sha }) => below(`stash/${sha}`, sha)),
    ],
  }
})

/** Those that are there, without commits that are another one's parent. */
const tipsAmong = Effect.fnUntraced(function* (clone: string, names: ReadonlyArray<string>) {
  const git = yield* Git
  const types = yield* git.objectTypes(clone, names)
  const commits = [...types].flatMap(([sha, type]) => (type === "commit" ? [sha] : []))
  const parents = commits.length === 0 ? new Map() : yield* git.parents(clone, commits)
  const kept = new Set([...parents.values()].flat())
  return [...types.keys()].filter((sha) => !kept.has(sha))
})

/** A tree of what is staged, of all sides of a conflict, and of what was resolved; null: nothing but what HEAD has. */
const indexTree = Effect.fnUntraced(function* (clone: string, admin: string, head: string | null) {
  const git = yield* Git
  const types = yield* git.objectTypes(clone, yield* git.indexObjects(admin, head))
  const blobs = [...types].flatMap(([sha, type]) => (type === "blob" ? [sha] : []))
  return blobs.length === 0 ? null : yield* git.keepBlobs(clone, blobs.sort())
})

const ownStashes = Effect.fnUntraced(function* (
  clone: string,
  { others, own }: { readonly own: StashOwner; readonly others: ReadonlyArray<StashOwner> },
) {
  const git = yield* Git
  const log = yield* readReflog(clone, "refs/stash")
  const there = yield* git.objectTypes(
    clone,
    log.map(({ to }) => to),
  )
  const stashes = log.flatMap(({ message, to }) => (there.get(to) === "commit" ? [{ sha: to, message }] : []))
  if (stashes.length === 0) return []
  const parents = yield* git.parents(
    clone,
    stashes.map(({ sha }) => sha),
  )
  return stashes.filter(
    ({ message, sha }) => stashOwner({ subject: message, parent: parents.get(sha)?.[0] ?? "" }, own, others) === "own",
  )
})
