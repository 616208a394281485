import { Effect, Schema, type Scope } from "effect"
import { createHash } from "node:crypto"
import * as path from "node:path"
import { readCloneUrl, sameRepository } from "../domain/CloneUrl.ts"
import { ExitCode } from "../domain/Failure.ts"
import { withoutSecrets } from "../domain/Secret.ts"
import { mendCloneConfig, recordedValue } from "../system/CloneConfig.ts"
import { ensureDirectory, exists, type HomeUnusable, listDirectory, moveAway, removeTree } from "../system/Files.ts"
import { Git, type Remote } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import type { RemoteRefs } from "../system/GitOutput.ts"
import type { RemoteUnreachable } from "../system/RemoteUnreachable.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { acquire, type HeldLock, type LockBusy } from "../system/Lock.ts"
import { clearShared } from "./clearShared.ts"

/** The shared clone is of another repository than the one that is configured now. */
export class CloneUrlChanged extends Schema.TaggedError<CloneUrlChanged>()("CloneUrlChanged", {
  clone: Schema.String,
  recorded: Schema.String,
  configured: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.clone} was cloned from ${this.recorded}, and ${this.configured} is configured now`
  }
  get remedy() {
    return `If both are the same repository, run: git --git-dir='${this.clone}' config remote.origin.url '${this.configured}'. If not, correct repos.json or servers.json.`
  }
}

/** Where the clone of `host/owner/repo` is, or will be. One that was made under a spelling of its own stays there. */
export const findClone = Effect.fn("SharedClone.find")(function* (
  home: KugetsuPaths,
  repositoryKey: string,
): Effect.fn.Return<string, HomeUnusable> {
  const usual = home.clone(repositoryKey)
  let places: ReadonlyArray<string> = [home.repositories]
  for (const part of path.relative(home.repositories, usual).split("/")) {
    const below = yield* Effect.forEach(places, (place) =>
      Effect.map(listDirectory(place), (names) =>
        names.flatMap((name) => (name.toLowerCase() === part ? [path.join(place, name)] : [])),
      ),
    )
    places = below.flat()
  }
  const asWritten = path.join(home.repositories, `${repositoryKey}.git`)
  return [asWritten, usual].find((place) => places.includes(place)) ?? places[0] ?? usual
})

/** A first clone of a big repository may take this long, and others wait for it. */
const lockWaitMs = 35 * 60_000

export type CloneLock = Effect.Effect<HeldLock, LockBusy | HomeUnusable, Scope.Scope>

/** Serialises all that writes a clone's metadata, worktree list and configuration. */
export const lockClone = (home: KugetsuPaths, clone: string, waitMs = lockWaitMs): CloneLock => {
  const name = path.relative(home.repositories, clone)
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 24)
  return acquire(home.lock(path.join("clones", hash)), { waitMs })
}

/** One bare clone for all worktrees of a repository, as far as choosing a branch needs it. */
export interface SharedClone {
  /** Absolute. */
  readonly path: string
  /** The remote's branches, as they are here now. */
  readonly heads: ReadonlyMap<string, string>
  /** The clone's own branches. */
  readonly locals: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

/** Makes the clone, or brings it up to what the remote told. Needs the clone's lock. */
export const syncClone = Effect.fn("SharedClone.sync")(function* (
  clone: string,
  remote: Remote,
  told: RemoteRefs,
): Effect.fn.Return<SharedClone, CloneUrlChanged | GitError | RemoteUnreachable | HomeUnusable, Git> {
  const git = yield* Git
  if (!(yield* exists(clone))) yield* makeClone(clone, remote, told)
  const warnings = yield* ensureConfig(clone, remote.url)

  let refs = yield* git.refs(clone, namespaces)
  if (!sameHeads(headsIn(refs), told.heads)) {
    yield* git.fetch(clone, remote)
    refs = yield* git.refs(clone, namespaces)
  }
  const heads = headsIn(refs)
  const main = told.defaultBranch === null ? undefined : heads.get(told.defaultBranch)
  if (told.defaultBranch !== null && main !== undefined && refs.get(`${remoteHeads}HEAD`) !== main) {
    yield* git.setRemoteHead(clone, told.defaultBranch)
  }
  return { path: clone, heads, locals: below(refs, localHeads), warnings }
})

const localHeads = "refs/heads/"
const remoteHeads = "refs/remotes/origin/"
const namespaces = [localHeads, remoteHeads]

/** Under a temporary name, and renamed when it is whole: whatever has the name is complete. */
const makeClone = Effect.fn("SharedClone.make")(function* (clone: string, remote: Remote, told: RemoteRefs) {
  const git = yield* Git
  const unfinished = `${clone}.new`
  const [someCommit = ""] = told.heads.values()
  yield* ensureDirectory(path.dirname(clone))
  yield* removeTree(unfinished)
  yield* git.initBare(unfinished, someCommit.length === 64 ? "sha256" : "sha1")
  yield* mendCloneConfig(unfinished, yield* git.config({ repository: unfinished }), remote.url)
  yield* git.fetch(unfinished, remote)
  if (told.defaultBranch !== null && told.heads.has(told.defaultBranch)) {
    yield* git.setRemoteHead(unfinished, told.defaultBranch)
  }
  yield* moveAway(unfinished, clone)
})

/**
 * A new way to the same repository is taken, and told; another repository is refused. What one worktree would impose on
 * the others goes. Needs the clone's lock.
 */
const ensureConfig = Effect.fn("SharedClone.ensureConfig")(function* (clone: string, url: string) {
  const git = yield* Git
  const entries = yield* git.config({ repository: clone })
  const recorded = recordedValue(entries, "remote.origin.url")
  const [before, now] = [withoutSecrets(recorded ?? ""), withoutSecrets(url)]
  if (recorded !== null && !sameRepository(readCloneUrl(recorded), readCloneUrl(url))) {
    return yield* new CloneUrlChanged({ clone, recorded: before, configured: now })
  }
  yield* mendCloneConfig(clone, entries, url)
  yield* clearShared(clone)
  return recorded !== null && recorded.toLowerCase() !== url.toLowerCase()
    ? [`the clone's remote was ${before}; it is ${now} from now on`]
    : []
})

/** The remote's branch as it is now, fetched beside everything else; null when it is not there. */
export const fetchAside = Effect.fn("SharedClone.fetchAside")(function* (
  clone: string,
  remote: Remote,
  branch: string,
  ours: boolean,
): Effect.fn.Return<string | null, CloneUrlChanged | GitError | RemoteUnreachable | HomeUnusable, Git> {
  const git = yield* Git
  if (ours) yield* ensureConfig(clone, remote.url)
  yield* git.fetchBranch(clone, remote, branch)
  const name = `refs/kugetsu/remote/${branch}`
  return (yield* git.refs(clone, [name])).get(name) ?? null
})

/** Every branch of the remote as it is now, fetched beside everything else; see `Git`. Needs the clone's lock. */
export const fetchHeadsAside = Effect.fn("SharedClone.fetchHeadsAside")(function* (
  clone: string,
  remote: Remote,
): Effect.fn.Return<boolean, CloneUrlChanged | GitError | RemoteUnreachable | HomeUnusable, Git> {
  yield* ensureConfig(clone, remote.url)
  return yield* (yield* Git).fetchHeads(clone, remote)
})

const below = (refs: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, string> =>
  new Map([...refs].flatMap(([name, sha]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), sha]] : [])))

const headsIn = (refs: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
  const heads = new Map(below(refs, remoteHeads))
  heads.delete("HEAD")
  return heads
}

const sameHeads = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, sha]) => b.get(name) === sha)
