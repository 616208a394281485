import { Effect, Option } from "effect"
import type { GitAnswer, GitCall, GitError } from "./GitCommand.ts"
import { lines, nulSeparated } from "./GitOutput.ts"

export interface Stash {
  readonly sha: string
  /** The commit it was made on. */
  readonly parent: string
  /** `WIP on <branch>: …` */
  readonly subject: string
}

/** What commits a repository has, and what they change. No program that a repository names is run for it. */
export interface HistoryVerbs {
  /** Every ref, and whether it leads to a commit: tags may lead to anything. */
  readonly tips: (
    repository: string,
  ) => Effect.Effect<
    ReadonlyArray<{ readonly name: string; readonly sha: string; readonly isCommit: boolean }>,
    GitError
  >
  /**
   * Commits below `heads` and below none of these (`remote`: no branch or tag of the remote that was fetched aside, and
   * none of `besides`), newest first, `limit` at most, with their parents.
   */
  readonly commitsOutside: (
    repository: string,
    heads: ReadonlyArray<string>,
    outside: {
      readonly of: ReadonlyArray<string> | "remote"
      readonly besides?: ReadonlyArray<string>
      readonly limit: number
    },
  ) => Effect.Effect<ReadonlyArray<{ readonly sha: string; readonly parents: ReadonlyArray<string> }>, GitError>
  readonly hasCommit: (repository: string, sha: string) => Effect.Effect<boolean, GitError>
  readonly mergeBase: (repository: string, a: string, b: string) => Effect.Effect<Option.Option<string>, GitError>
  /** For `patchDigest` and `atSamePlaces`. */
  readonly patch: (
    repository: string,
    from: string,
    to: string,
    options?: { readonly contextLines: number },
  ) => Effect.Effect<string, GitError>
  /** For people: each file with the number of its changed lines, and a sum; at most 60 files. */
  readonly diffStat: (repository: string, from: string, to: string) => Effect.Effect<string, GitError>
  readonly changedPaths: (
    repository: string,
    from: string,
    to: string,
  ) => Effect.Effect<ReadonlyArray<string>, GitError>
  /** Commits with one parent that change the path, newest first. */
  readonly commitsTouching: (
    repository: string,
    range: { readonly after: string; readonly upTo: string; readonly path: string; readonly limit: number },
  ) => Effect.Effect<ReadonlyArray<{ readonly sha: string; readonly parent: string }>, GitError>
  /** The paths at which the index has something else than HEAD. */
  readonly stagedPaths: (gitDirectory: string) => Effect.Effect<ReadonlyArray<string>, GitError>
  /** Those of the repository, whichever of its worktrees they were made in; newest first. */
  readonly stashes: (repository: string) => Effect.Effect<ReadonlyArray<Stash>, GitError>
}

const asPatch = [
  "-p",
  "--full-index",
  "--no-ext-diff",
  "--no-textconv",
  "--no-renames",
  "--no-color",
  "--inter-hunk-context=0",
]
const asStat = ["--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--ignore-submodules=none"]
const plainly = ["--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none"]

/** Neither replaced commits nor made-up parents count. */
const asItIs = { GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: "/dev/null", GIT_OPTIONAL_LOCKS: "0" }

export const historyVerbs = (run: (call: GitCall) => Effect.Effect<GitAnswer, GitError>): HistoryVerbs => {
  const output = (repository: string, ...args: GitCall["args"]) =>
    Effect.map(run({ at: { repository }, args, env: asItIs }), ({ stdout }) => stdout)
  const found = (repository: string, ...args: GitCall["args"]) =>
    run({ at: { repository }, args, env: asItIs, answers: [1] })

  return {
    tips: (repository) =>
      Effect.map(
        output(repository, "for-each-ref", "--format=%(refname) %(objectname) %(objecttype) %(*objecttype)"),
        (text) =>
          lines(text).map((line) => {
            const [name = "", sha = "", type, tagged] = line.split(" ")
            // a tag of a tag is followed by whoever walks from it
            return { name, sha, isCommit: type === "commit" || tagged === "commit" || tagged === "tag" }
          }),
      ),
    commitsOutside: (repository, heads, { besides = [], limit, of }) =>
      heads.length === 0
        ? Effect.succeed([])
        : Effect.map(
            output(
              repository,
              ...(["rev-list", "--parents", "--topo-order", `--max-count=${limit}`] as const),
              ...heads,
              ...(of === "remote"
                ? ["--not", "--glob=refs/kugetsu/remote", "--glob=refs/kugetsu/remote-tags", ...besides]
                : of.map((sha) => `^${sha}`)),
              "--",
            ),
            (text) => lines(text).map(commitWithParents),
          ),
    hasCommit: (repository, sha) =>
      Effect.map(
        found(repository, "rev-parse", "--verify", "--quiet", `${sha}^{commit}`),
        ({ exitCode }) => exitCode === 0,
      ),
    mergeBase: (repository, a, b) =>
      Effect.map(found(repository, "merge-base", a, b), ({ stdout }) => Option.fromUndefinedOr(lines(stdout)[0])),
    patch: (repository, from, to, { contextLines } = { contextLines: 3 }) =>
      output(repository, "diff-tree", ...asPatch, `-U${contextLines}`, ...plainly, from, to, "--"),
    diffStat: (repository, from, to) =>
      output(repository, "diff-tree", "-r", "--stat=100", "--stat-count=60", ...asStat, from, to, "--"),
    changedPaths: (repository, from, to) =>
      Effect.map(
        output(repository, "diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to, "--"),
        nulSeparated,
      ),
    commitsTouching: (repository, { after, limit, path, upTo }) =>
      Effect.map(
        output(
          repository,
          // with --parents they would be those that change the path, too
          ...([
            "rev-list",
            "--format=%H %P",
            "--no-merges",
            "--full-history",
            "--topo-order",
            `--max-count=${limit}`,
          ] as const),
          upTo,
          `^${after}`,
          "--",
          `:(top,literal)${path}`,
        ),
        (text) => lines(text).flatMap((line) => (line.startsWith("commit ") ? [] : withOneParent(line.split(" ")))),
      ),
    stagedPaths: (gitDirectory) =>
      Effect.map(
        output(
          gitDirectory,
          "diff-index",
          "--cached",
          "-z",
          "--name-only",
          "--no-renames",
          "--ignore-submodules=none",
          "HEAD",
          "--",
        ),
        nulSeparated,
      ),
    stashes: Effect.fn("Git.stashes")(function* (repository: string) {
      const there = yield* found(repository, "rev-parse", "--verify", "--quiet", "refs/stash")
      if (there.exitCode !== 0) return []
      const text = yield* output(
        repository,
        "log",
        "-g",
        "-z",
        "--no-color",
        "--format=%H%n%P%n%gs",
        "refs/stash",
        "--",
      )
      return nulSeparated(text).map((entry) => {
        const [sha = "", parents = "", ...subject] = entry.split("\n")
        return { sha, parent: parents.split(" ")[0] ?? "", subject: subject.join(" ") }
      })
    }),
  }
}

const commitWithParents = (line: string) => {
  const [sha = "", ...parents] = line.split(" ")
  return { sha, parents }
}

const withOneParent = ([sha, parent, ...more]: ReadonlyArray<string>) =>
  sha !== undefined && parent !== undefined && more.length === 0 ? [{ sha, parent }] : []
