import { Effect } from "effect"
import type { ConfigSetting } from "./GitEnvironment.ts"
import { type GitAnswer, type GitCall, type GitError, transferMs } from "./GitCommand.ts"
import { lines, nulSeparated } from "./GitOutput.ts"

/** One change of one ref. */
export interface RefChange {
  readonly name: string
  /** null: it is deleted. */
  readonly to: string | null
  /** What it must be now; null: it must not be there. Left out: whatever it is. */
  readonly from?: string | null
}

/**
 * What keeps and brings back what git would lose. `repository` is a git directory: a worktree's own one, inside the
 * repository, will do, and its tree need not be there.
 */
export interface RescueVerbs {
  /** Those that the repository has. */
  readonly objectTypes: (
    repository: string,
    objects: ReadonlyArray<string>,
  ) => Effect.Effect<ReadonlyMap<string, string>, GitError>
  readonly parents: (
    repository: string,
    commits: ReadonlyArray<string>,
  ) => Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>, GitError>
  /** The objects that its index names, and HEAD does not; `head` null: all of them. Some may never have been there. */
  readonly indexObjects: (repository: string, head: string | null) => Effect.Effect<ReadonlyArray<string>, GitError>
  /** A tree that does nothing but keep these. */
  readonly keepBlobs: (repository: string, blobs: ReadonlyArray<string>) => Effect.Effect<string, GitError>
  /** All of the changes or none; durably. Symbolic refs are not followed. */
  readonly changeRefs: (repository: string, changes: ReadonlyArray<RefChange>) => Effect.Effect<void, GitError>
  /** Makes a branch without an entry in its reflog. */
  readonly makeBranch: (
    repository: string,
    branch: { readonly name: string; readonly sha: string },
  ) => Effect.Effect<void, GitError>
  /** The branches, by full name, that only stand for another ref. */
  readonly symbolicBranches: (repository: string) => Effect.Effect<ReadonlySet<string>, GitError>
  /** Writes what these refs have and none of the commits `not`, which are there, has. false: there is nothing. */
  readonly bundle: (
    repository: string,
    file: string,
    content: { readonly refs: ReadonlyArray<string>; readonly not: ReadonlyArray<string> },
  ) => Effect.Effect<boolean, GitError>
  /** Takes in the objects of a bundle; fails when the repository lacks what they stand on. */
  readonly unbundle: (repository: string, file: string) => Effect.Effect<void, GitError>
  /** Puts a commit on top of the stashes. */
  readonly putStash: (
    repository: string,
    stash: { readonly sha: string; readonly message: string },
  ) => Effect.Effect<void, GitError>
}

/** Nothing is fetched for an object that is missing, no history is seen as other than it is. */
const soberly = {
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null",
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
}

const durably: ReadonlyArray<ConfigSetting> = [["core.fsync", "all"]]

const againstHead = ["--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none"]

const nothing = /^0+$/

export const rescueVerbs = (run: (call: GitCall) => Effect.Effect<GitAnswer, GitError>): RescueVerbs => {
  const call = (repository: string, args: GitCall["args"], options: Omit<GitCall, "at" | "args"> = {}) =>
    run({ at: { repository }, args, ...options, env: { ...soberly, ...options.env } })
  const output = (repository: string, args: GitCall["args"], options: Omit<GitCall, "at" | "args"> = {}) =>
    Effect.map(call(repository, args, options), ({ stdout }) => stdout)

  const emptyTree = (repository: string) =>
    Effect.map(output(repository, ["hash-object", "-t", "tree", "--stdin"], { stdin: "" }), (text) => text.trim())

  return {
    objectTypes: (repository, objects) =>
      Effect.map(
        output(repository, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], { stdin: aLineEach(objects) }),
        (text) =>
          new Map(
            lines(text)
              .map((line) => line.split(" ") as [sha: string, type: string])
              .filter(([, type]) => type !== "missing"),
          ),
      ),
    parents: (repository, commits) =>
      Effect.map(
        output(repository, ["rev-list", "--no-walk=unsorted", "--parents", "--stdin"], { stdin: aLineEach(commits) }),
        (text) =>
          new Map(
            lines(text)
              .map((line) => line.split(" "))
              .map(([sha = "", ...parents]) => [sha, parents]),
          ),
      ),
    indexObjects: Effect.fn("Git.indexObjects")(function* (repository: string, head: string | null) {
      const base = head ?? (yield* emptyTree(repository))
      const changed = yield* output(repository, ["diff-index", ...againstHead, base, "--"])
      // `:MODE MODE SHA SHA STATE`, then the path
      const staged = nulSeparated(changed).flatMap((entry) => entry.match(/^:\d+ \d+ \S+ (\S+) \S+$/)?.[1] ?? [])
      const resolved: Array<string> = []
      for (const which of ["--unmerged", "--resolve-undo"]) {
        const text = yield* output(repository, ["ls-files", which, "-z"])
        resolved.push(...nulSeparated(text).map((entry) => entry.split(" ")[1] ?? ""))
      }
      return [...new Set([...staged, ...resolved])].filter((sha) => sha !== "" && !nothing.test(sha))
    }),
    keepBlobs: (repository, blobs) =>
      Effect.map(
        output(repository, ["mktree"], {
          stdin: aLineEach(blobs.map((sha) => `100644 blob ${sha}\t${sha}`)),
          config: durably,
        }),
        (text) => text.trim(),
      ),
    changeRefs: (repository, changes) =>
      changes.length === 0
        ? Effect.void
        : Effect.asVoid(
            call(repository, ["update-ref", "-z", "--stdin"], {
              stdin: changes.map((change) => `option no-deref\0${commandOf(change)}`).join(""),
              config: durably,
            }),
          ),
    makeBranch: (repository, { name, sha }) =>
      Effect.asVoid(
        call(repository, ["update-ref", "-z", "--stdin"], {
          stdin: `create ${branchRef(name)}\0${sha}\0`,
          config: [...durably, ["core.logAllRefUpdates", "false"]],
        }),
      ),
    symbolicBranches: (repository) =>
      Effect.map(
        output(repository, ["for-each-ref", "--format=%(refname) %(symref)", "--", "refs/heads/"]),
        (text) => new Set(lines(text).flatMap((line) => line.match(/^(\S+) \S/)?.[1] ?? [])),
      ),
    // 128: refused as empty, or a failure, which git tells from each other in words alone
    bundle: (repository, file, { not, refs }) =>
      call(repository, ["bundle", "create", "--quiet", file, "--stdin"], {
        stdin: aLineEach([...refs, ...not.map((sha) => `^${sha}`)]),
        timeoutMs: transferMs,
      }).pipe(
        Effect.as(true),
        Effect.catchTag("GitFailed", (failed) =>
          /empty bundle/i.test(failed.detail) ? Effect.succeed(false) : Effect.fail(failed),
        ),
      ),
    unbundle: (repository, file) =>
      Effect.asVoid(call(repository, ["bundle", "unbundle", file], { timeoutMs: transferMs, config: durably })),
    putStash: (repository, { message, sha }) =>
      Effect.asVoid(call(repository, ["update-ref", "--create-reflog", "-m", message, "refs/stash", sha])),
  }
}

export const branchRef = (branch: string): string => `refs/heads/${branch}`

const aLineEach = (texts: ReadonlyArray<string>): string => texts.map((text) => `${text}\n`).join("")

const commandOf = ({ from, name, to }: RefChange): string => {
  if (to === null) return `delete ${name}\0${from ?? ""}\0`
  return from === null ? `create ${name}\0${to}\0` : `update ${name}\0${to}\0${from ?? ""}\0`
}
