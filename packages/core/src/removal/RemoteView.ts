import { Effect, type Scope } from "effect"
import * as path from "node:path"
import { ensureDirectory, type HomeUnusable, removeTree, replaceFile, temporaryDirectoryIn } from "../system/Files.ts"
import { Git, type Remote } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"
import { HostEnvironment } from "../system/HostEnvironment.ts"
import type { RemoteUnreachable } from "../system/RemoteUnreachable.ts"

/** What a remote has now, beside the commits that are to be compared with it. */
export interface RemoteView {
  /** A repository that has both: the remote's branches are its `refs/kugetsu/remote/*`, tags `remote-tags/*`. */
  readonly repository: string
  /** The commits of the branches that work is merged into. */
  readonly bases: ReadonlyArray<string>
  readonly remote: Remote
}

/** The remote's default branch, where its HEAD has a commit, and the one that is configured, as they were fetched. */
export const basesIn = Effect.fn("RemoteView.bases")(function* (
  repository: string,
  hasHead: boolean,
  configured: string | null,
): Effect.fn.Return<ReadonlyArray<string>, GitError, Git> {
  const wanted = [
    ...(hasHead ? ["refs/kugetsu/remote-head"] : []),
    ...(configured === null ? [] : [`refs/kugetsu/remote/${configured}`]),
  ]
  if (wanted.length === 0) return []
  const refs = yield* (yield* Git).refs(repository, wanted)
  return [...new Set(wanted.flatMap((name) => refs.get(name) ?? []))]
})

/** The remote's tags, which count where the whole of a repository is compared with it. */
export const fetchTagsAside = (repository: string, remote: Remote) =>
  Git.use((git) => git.fetchRef(repository, remote, { from: "refs/tags/*", to: "refs/kugetsu/remote-tags/*" }))

/**
 * A view of a repository that kugetsu does not keep in order, and whose configuration an agent may have written: a bare
 * repository of our own borrows its objects, and talks to the remote in its place.
 */
export const viewFromOutside = Effect.fn("RemoteView.fromOutside")(function* (
  objects: { readonly directory: string; /** One of its commits. */ readonly commit: string },
  remote: Remote,
  base: string | null,
): Effect.fn.Return<RemoteView, GitError | RemoteUnreachable | HomeUnusable, Git | Scope.Scope> {
  const git = yield* Git
  const parent = (yield* HostEnvironment).TMPDIR || "/tmp"
  const directory = yield* Effect.acquireRelease(temporaryDirectoryIn(parent, "kugetsu-"), (dir) =>
    Effect.ignore(removeTree(dir)),
  )
  const repository = path.join(directory, "view.git")
  yield* git.initBare(repository, objects.commit.length === 64 ? "sha256" : "sha1")
  yield* ensureDirectory(path.join(repository, "objects", "info"))
  yield* replaceFile(path.join(repository, "objects", "info", "alternates"), `${objects.directory}\n`)
  const hasHead = yield* git.fetchHeads(repository, remote)
  yield* fetchTagsAside(repository, remote)
  return { repository, bases: yield* basesIn(repository, hasHead, base), remote }
})
