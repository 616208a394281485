import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type GitAnswer, type GitCall, type GitError, type GitPlace, linkOf, transferMs } from "./GitCommand.ts"
import { type ConfigEntry, withoutForeignFilters } from "./GitFilters.ts"
import { nulSeparated, parseConfig, parseStatus, type TreeStatus } from "./GitOutput.ts"

type Variables = Readonly<Record<string, string>>

/**
 * What reads or writes a working tree. No filter runs but those of the person's own configuration; one that fetches
 * contents, as LFS does, needs the remote's variables (`env`).
 */
export interface TreeVerbs {
  /** Fills index and tree from HEAD; what was in them is gone. */
  readonly reset: (worktree: string, env: Variables) => Effect.Effect<void, GitError>
  /** Fills the index from HEAD, and leaves the tree as it is. */
  readonly readHead: (worktree: string) => Effect.Effect<void, GitError>
  /** Fills the tree from the index. */
  readonly checkoutIndex: (worktree: string, env: Variables) => Effect.Effect<void, GitError>
  /** Goes over to a branch that starts there; fails rather than overwrite any file that git does not track. */
  readonly switchTo: (
    worktree: string,
    to: { readonly branch: string; readonly start: string },
    env: Variables,
  ) => Effect.Effect<void, GitError>
  readonly status: (worktree: string) => Effect.Effect<TreeStatus, GitError>
  /** As `status`, but of its submodules only which commit they stand on: no git is run in them. */
  readonly ownStatus: (worktree: string) => Effect.Effect<TreeStatus, GitError>
  /** Files that are in no index, and that neither `.gitignore` files nor this one name. */
  readonly untracked: (worktree: string, excludes: string | null) => Effect.Effect<ReadonlyArray<string>, GitError>
  /** `core.excludesFile` of the system's and the person's own configuration; null: not set. */
  readonly personalExcludes: Effect.Effect<string | null, GitError>
  /** Files that git was told not to look at, with what the index has of them. */
  readonly hiddenFiles: (worktree: string) => Effect.Effect<ReadonlyArray<HiddenFile>, GitError>
  /** Whether git was told not to look at some files, so that `status` says nothing of them. */
  readonly hidesFiles: (worktree: string) => Effect.Effect<boolean, GitError>
  /** The paths at which the index has submodules. */
  readonly submodules: (worktree: string) => Effect.Effect<ReadonlyArray<string>, GitError>
  /** Fetches and checks out the submodules at these paths, and theirs, over these protocols alone. */
  readonly initSubmodules: (
    worktree: string,
    paths: ReadonlyArray<string>,
    options: { readonly env: Variables; readonly protocols: ReadonlyArray<string> },
  ) => Effect.Effect<void, GitError>
}

export interface HiddenFile {
  readonly path: string
  readonly mode: string
  readonly sha: string
  /** The tree may do without it. */
  readonly skipped: boolean
}

const exactly = ["--porcelain=v2", "--branch", "-z", "--no-renames", "--no-ahead-behind"]

const carefully = ["--quiet", "--no-track", "--no-overwrite-ignore"]

export const treeVerbs = (
  run: (call: GitCall) => Effect.Effect<GitAnswer, GitError>,
  config: (at: GitPlace) => Effect.Effect<ReadonlyArray<ConfigEntry>, GitError>,
): TreeVerbs => {
  const inTree = Effect.fnUntraced(function* (
    worktree: string,
    args: GitCall["args"],
    env: Variables = {},
  ): Effect.fn.Return<string, GitError> {
    const entries = [...(yield* config({ worktree }))]
    for (const file of submoduleConfigs(worktree)) {
      const args = ["config", "--file", file, "--list", "-z", "--show-scope", "--show-origin"] as const
      const { stdout } = yield* run({ at: "nowhere", args })
      entries.push(...parseConfig(stdout).map((entry) => ({ ...entry, scope: "local" as const })))
    }
    const settings = withoutForeignFilters(entries)
    return (yield* run({ at: { worktree }, args, env, config: settings, timeoutMs: transferMs })).stdout
  })

  const statusOf = (worktree: string, submodules: string) =>
    Effect.map(
      inTree(worktree, ["status", ...exactly, "--untracked-files=all", submodules], { GIT_OPTIONAL_LOCKS: "0" }),
      parseStatus,
    )

  return {
    reset: (worktree, env) => Effect.asVoid(inTree(worktree, ["reset", "--hard", "--quiet"], env)),
    readHead: (worktree) => Effect.asVoid(run({ at: { worktree }, args: ["read-tree", "HEAD"] })),
    checkoutIndex: (worktree, env) =>
      Effect.asVoid(inTree(worktree, ["checkout-index", "--quiet", "--all", "--force"], env)),
    switchTo: (worktree, { branch, start }, env) =>
      Effect.asVoid(inTree(worktree, ["checkout", ...carefully, "-B", branch, start, "--"], env)),
    status: (worktree) => statusOf(worktree, "--ignore-submodules=none"),
    ownStatus: (worktree) => statusOf(worktree, "--ignore-submodules=dirty"),
    untracked: (worktree, excludes) =>
      Effect.map(
        run({
          at: { worktree },
          args: [
            "ls-files",
            "--others",
            "-z",
            "--exclude-per-directory=.gitignore",
            ...(excludes === null ? [] : [`--exclude-from=${excludes}`]),
          ],
        }),
        ({ stdout }) => nulSeparated(stdout),
      ),
    personalExcludes: Effect.map(
      run({ at: "nowhere", args: ["config", "--type=path", "--get", "core.excludesFile"], answers: [1] }),
      ({ exitCode, stdout }) => (exitCode === 0 ? stdout.replace(/\n$/, "") : null),
    ),
    hiddenFiles: (worktree) =>
      Effect.map(run({ at: { worktree }, args: ["ls-files", "-v", "--stage", "-z"] }), ({ stdout }) =>
        nulSeparated(stdout).flatMap(hiddenFile),
      ),
    hidesFiles: (worktree) =>
      Effect.map(run({ at: { worktree }, args: ["ls-files", "-v", "-z"] }), ({ stdout }) =>
        nulSeparated(stdout).some((entry) => /^[a-zS] /.test(entry)),
      ),
    submodules: (worktree) =>
      Effect.map(run({ at: { worktree }, args: ["ls-files", "--stage", "-z"] }), ({ stdout }) =>
        nulSeparated(stdout).flatMap((entry) =>
          entry.startsWith("160000 ") ? [entry.slice(entry.indexOf("\t") + 1)] : [],
        ),
      ),
    initSubmodules: (worktree, paths, { env, protocols }) =>
      Effect.asVoid(
        inTree(worktree, ["submodule", "--quiet", "update", "--init", "--recursive", "--checkout", "--", ...paths], {
          ...env,
          GIT_ALLOW_PROTOCOL: protocols.join(":"),
        }),
      ),
  }
}

/** `h 100644 <sha> 0\t<path>`; in lower case: assumed to be unchanged, S: skipped in the tree. */
const hiddenFile = (entry: string): ReadonlyArray<HiddenFile> => {
  const [, tag = "H", mode = "", sha = "", path = ""] = /^(.) (\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(entry) ?? []
  return /[a-zS]/.test(tag) ? [{ path, mode, sha, skipped: tag.toUpperCase() === "S" }] : []
}

/** The configurations of the submodules that a worktree has fetched. */
const submoduleConfigs = (worktree: string): ReadonlyArray<string> =>
  Option.match(linkOf(worktree), {
    onNone: () => [],
    onSome: (admin) => configsBelow(path.join(admin, "modules")),
  })

const configsBelow = (dir: string): ReadonlyArray<string> =>
  entriesOf(dir).flatMap((entry) => {
    if (entry.isFile()) return entry.name === "config" ? [path.join(dir, entry.name)] : []
    return entry.isDirectory() && !["objects", "refs", "logs"].includes(entry.name)
      ? configsBelow(path.join(dir, entry.name))
      : []
  })

const entriesOf = (dir: string): ReadonlyArray<fs.Dirent> => {
  try {
    return fs.readdirSync(dir, { withFileTypes: true })
  } catch {
    return [] // no submodules, or one that goes away at this moment
  }
}
