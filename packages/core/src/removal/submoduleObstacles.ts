import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Failure } from "../domain/Failure.ts"
import type { GitAccess } from "../GitAccess.ts"
import { recordedValue } from "../system/CloneConfig.ts"
import { attempt, exists, listDirectory } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { remoteAt } from "../worktrees/remoteAt.ts"
import { commitsAt } from "./commitsAt.ts"
import { gitDirectoryOf } from "./gitDirectory.ts"
import { readHead } from "./readHead.ts"
import { viewFromOutside } from "./RemoteView.ts"
import { changesIn, hiddenChangesIn, unfinishedIn } from "./treeObstacles.ts"
import { wholeHeads } from "./wholeHeads.ts"

type Needs = Git | GitAccess

/**
 * What submodules have that is nowhere else: those in the tree, and those of which only the repository is left. Every
 * branch, commit and stash of theirs goes with the worktree. `protocols`: over which their remotes may be asked.
 */
export const submoduleObstacles = Effect.fn("removal.submoduleObstacles")(function* (
  /** null: it is gone. */
  tree: string | null,
  gitDirectory: string,
  protocols: ReadonlyArray<string>,
): Effect.fn.Return<ReadonlyArray<string>, Failure, Needs> {
  const repositories = new Map<string, string>()
  const inTrees = tree === null ? [] : yield* obstaclesInTrees(tree, "", repositories)
  for (const directory of yield* modulesBelow(path.join(gitDirectory, "modules"))) {
    if (!repositories.has(directory)) repositories.set(directory, path.relative(gitDirectory, directory))
  }
  const found = [...inTrees]
  for (const [directory, name] of repositories) {
    for (const obstacle of yield* obstaclesInRepository(directory, protocols)) found.push(`${name}: ${obstacle}`)
  }
  return found
})

/** Looks into each submodule of a tree, and theirs; notes their repositories. */
const obstaclesInTrees = Effect.fnUntraced(function* (
  tree: string,
  prefix: string,
  repositories: Map<string, string>,
): Effect.fn.Return<ReadonlyArray<string>, Failure, Git> {
  const found: Array<string> = []
  for (const at of yield* (yield* Git).submodules(tree)) {
    const [place, name] = [path.join(tree, at), prefix + at]
    if (!(yield* exists(path.join(place, ".git")))) {
      if ((yield* filesIn(place)).length > 0) found.push(`${name}: files, and no repository`)
      continue
    }
    const directory = gitDirectoryOf(place)
    if (directory === null) {
      found.push(`${name}: its repository is gone`)
      continue
    }
    repositories.set(directory, name)
    const inside = [
      ...(yield* changesIn(place)),
      ...(yield* hiddenChangesIn(place)),
      ...(yield* unfinishedIn(directory)),
    ]
    found.push(...inside.map((obstacle) => `${name}: ${obstacle}`))
    found.push(...(yield* obstaclesInTrees(place, `${name}/`, repositories)))
  }
  return found
})

/** A submodule that was never fetched is an empty directory, or none. */
const filesIn = (place: string) =>
  attempt("look at", place, () =>
    fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true ? fs.readdirSync(place) : [],
  )

/** The repositories of submodules, whose names may have several parts. */
const modulesBelow = Effect.fnUntraced(function* (directory: string): Effect.fn.Return<ReadonlyArray<string>, Failure> {
  const found: Array<string> = []
  for (const name of yield* listDirectory(directory)) {
    const place = path.join(directory, name)
    if (yield* exists(path.join(place, "HEAD"))) {
      found.push(place, ...(yield* modulesBelow(path.join(place, "modules"))))
    } else if (fs.statSync(place).isDirectory()) {
      found.push(...(yield* modulesBelow(place)))
    }
  }
  return found
})

const obstaclesInRepository = Effect.fnUntraced(function* (
  directory: string,
  protocols: ReadonlyArray<string>,
): Effect.fn.Return<ReadonlyArray<string>, Failure, Needs> {
  const git = yield* Git
  const stashes = (yield* git.stashes(directory)).map(({ subject }) => `a stash (${subject})`)
  const head = yield* readHead(directory)
  const [commit] = [
    ...(yield* git.refs(directory, ["refs/"])).values(),
    ...(head._tag === "Detached" ? [head.sha] : []),
  ]
  if (commit === undefined) return stashes
  const url = recordedValue(yield* git.config({ repository: directory }), "remote.origin.url")
  if (url === null) return [...stashes, "commits, and no remote that could have them"]
  const remote = yield* remoteAt(url)
  const restricted = { ...remote, env: { ...remote.env, GIT_ALLOW_PROTOCOL: protocols.join(":") } }
  const compared = Effect.gen(function* () {
    const view = yield* viewFromOutside({ directory: path.join(directory, "objects"), commit }, restricted, null)
    return yield* commitsAt(view, yield* wholeHeads(directory, view.repository), null)
  })
  const at = yield* Effect.scoped(compared)
  return at.where === "here" ? [...stashes, at.detail] : stashes
})
