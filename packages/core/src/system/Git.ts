import { Context, Effect, Layer, Option } from "effect"
import { withoutSecrets } from "../domain/Secret.ts"
import { type GitCall, type GitError, type GitPlace, gitRunner, transferMs } from "./GitCommand.ts"
import type { ConfigEntry } from "./GitFilters.ts"
import { lines, nulSeparated, parseConfig, parseHead, parseRemoteRefs, type RemoteRefs } from "./GitOutput.ts"
import { type HistoryVerbs, historyVerbs } from "./GitHistory.ts"
import { type RescueVerbs, rescueVerbs } from "./GitRescue.ts"
import { type TreeVerbs, treeVerbs } from "./GitTree.ts"
import { reasonOf, RemoteUnreachable } from "./RemoteUnreachable.ts"

/** A repository elsewhere, and how this machine reaches it. */
export interface Remote {
  readonly url: string
  /** Variables for the calls that talk to it. */
  readonly env: Readonly<Record<string, string>>
  /** The variable that a token for it goes by; null where no token helps. */
  readonly token: string | null
}

const logFormat = ["-z", "--reverse", "--no-color", "--encoding=UTF-8", "--format=%H %s"]

/** Files 0600 whatever the umask; no hooks to begin with. */
const privately = ["--quiet", "--bare", "--template=", "--shared=0600"]

const onlyRefs = ["--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"]

const aside = ["--no-tags", "--refmap=", "--"]

/** Git as verbs over its machine-readable output. Objects are named by full ids. */
export class Git extends Context.Service<
  Git,
  TreeVerbs &
    HistoryVerbs &
    RescueVerbs & {
      /** Of the program itself, `2.39.5`. */
      readonly version: Effect.Effect<string, GitError>
      /** Asks the remote now; only refs that match one of the patterns are told. */
      readonly listRemote: (
        remote: Remote,
        patterns: ReadonlyArray<string>,
      ) => Effect.Effect<RemoteRefs, GitError | RemoteUnreachable>
      /** Brings `refs/remotes/origin/*` up to what the remote has. */
      readonly fetch: (repository: string, remote: Remote) => Effect.Effect<void, GitError | RemoteUnreachable>
      /** Brings one branch of the remote, and no tag, to `refs/kugetsu/remote/<branch>`. */
      readonly fetchBranch: (
        repository: string,
        remote: Remote,
        branch: string,
      ) => Effect.Effect<void, GitError | RemoteUnreachable>
      /**
       * Brings every branch of the remote, and no other, to `refs/kugetsu/remote/*`, and its HEAD to
       * `refs/kugetsu/remote-head`; false: its HEAD has no commit, and what is of that name is an old one.
       */
      readonly fetchHeads: (repository: string, remote: Remote) => Effect.Effect<boolean, GitError | RemoteUnreachable>
      /** Brings a ref of the remote, or all below a pattern, here; fails where it has none of that one name. */
      readonly fetchRef: (
        repository: string,
        remote: Remote,
        ref: { readonly from: string; readonly to: string },
      ) => Effect.Effect<void, GitError | RemoteUnreachable>
      readonly initBare: (directory: string, objectFormat: "sha1" | "sha256") => Effect.Effect<void, GitError>
      /** Every setting in force at a place, later ones winning. */
      readonly config: (at: GitPlace) => Effect.Effect<ReadonlyArray<ConfigEntry>, GitError>
      /** What the system's and the person's own configuration say. */
      readonly personalConfig: Effect.Effect<ReadonlyMap<string, string>, GitError>
      /** Makes this the only value of the key. */
      readonly setConfig: (
        repository: string,
        setting: { readonly file: string; readonly key: string; readonly value: string },
      ) => Effect.Effect<void, GitError>
      readonly unsetConfig: (
        repository: string,
        setting: { readonly file: string; readonly key: string },
      ) => Effect.Effect<void, GitError>
      /** Full names of refs below the prefixes, with their objects. */
      readonly refs: (
        repository: string,
        prefixes: ReadonlyArray<string>,
      ) => Effect.Effect<ReadonlyMap<string, string>, GitError>
      /** What `origin/HEAD` stands for. */
      readonly setRemoteHead: (repository: string, branch: string) => Effect.Effect<void, GitError>
      /** Makes the worktree with an empty tree, and the branch, or moves the branch when it is there. */
      readonly addWorktree: (
        repository: string,
        options: { readonly path: string; readonly branch: string; readonly start: string },
      ) => Effect.Effect<void, GitError>
      /** Commits below `heads` and below none of `not`, oldest first. */
      readonly log: (
        worktree: string,
        heads: ReadonlyArray<string>,
        not: ReadonlyArray<string>,
      ) => Effect.Effect<ReadonlyArray<{ readonly sha: string; readonly subject: string }>, GitError>
      readonly isAncestor: (repository: string, ancestor: string, of: string) => Effect.Effect<boolean, GitError>
      /** How many commits below it are in no branch of the remote, as last fetched. */
      readonly countUnpushed: (repository: string, commit: string) => Effect.Effect<number, GitError>
      /** None: there is no commit yet. `branch` is null when HEAD is detached. */
      readonly head: (
        worktree: string,
      ) => Effect.Effect<Option.Option<{ readonly sha: string; readonly branch: string | null }>, GitError>
      readonly commonDirectory: (worktree: string) => Effect.Effect<string, GitError>
      /** What the system's and the person's own configuration make of an address. */
      readonly effectiveUrl: (url: string) => Effect.Effect<string, GitError>
      /** Where `origin` is fetched from and pushed to, every `url.<base>.insteadOf` applied; empty: there is none. */
      readonly originUrls: (worktree: string) => Effect.Effect<ReadonlyArray<string>, GitError>
    }
>()("@kugetsu/core/system/Git") {
  static readonly layer = Layer.effect(
    Git,
    Effect.gen(function* () {
      const run = yield* gitRunner
      const done = (call: GitCall) => Effect.asVoid(run(call))
      const output = (call: GitCall) => Effect.map(run(call), ({ stdout }) => stdout)

      const config = (at: GitPlace) =>
        Effect.map(output({ at, args: ["config", "--list", "-z", "--show-scope", "--show-origin"] }), parseConfig)

      const listRemote = Effect.fn("Git.listRemote")((remote: Remote, patterns: ReadonlyArray<string>) =>
        run({ at: "nowhere", args: ["ls-remote", "--symref", "--", remote.url, ...patterns], env: remote.env }).pipe(
          Effect.map(({ stdout }) => parseRemoteRefs(stdout)),
          Effect.catchTags({
            GitFailed: ({ detail }) => unreachable(remote, reasonOf(detail) ?? "other", detail),
            ProgramTimedOut: (timedOut) => unreachable(remote, "timeout", timedOut.message),
          }),
        ),
      )

      const fetchFrom = (repository: string, remote: Remote, ...what: ReadonlyArray<string>) =>
        done({
          at: { repository },
          args: ["fetch", ...onlyRefs, ...what],
          env: remote.env,
          timeoutMs: transferMs,
        }).pipe(
          Effect.catchTags({
            GitFailed: (failed) => {
              const reason = reasonOf(failed.detail)
              return reason === null ? Effect.fail(failed) : unreachable(remote, reason, failed.detail)
            },
            ProgramTimedOut: (timedOut) => unreachable(remote, "timeout", timedOut.message),
          }),
        )

      const refs = Effect.fn("Git.refs")(function* (repository: string, prefixes: ReadonlyArray<string>) {
        const format = "--format=%(refname) %(objectname)"
        const text = yield* output({ at: { repository }, args: ["for-each-ref", format, "--", ...prefixes] })
        return new Map(lines(text).map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]))
      })

      const log = Effect.fn("Git.log")(function* (
        worktree: string,
        heads: ReadonlyArray<string>,
        not: ReadonlyArray<string>,
      ) {
        const range = ["--end-of-options", ...heads, ...not.map((sha) => `^${sha}`), "--"]
        const text = yield* output({ at: { worktree }, args: ["log", ...logFormat, ...range] })
        return nulSeparated(text).map((entry) => {
          const blank = entry.indexOf(" ")
          return { sha: entry.slice(0, blank), subject: entry.slice(blank + 1) }
        })
      })

      return {
        version: Effect.map(
          output({ at: "nowhere", args: ["version"] }),
          (text) => /\d+\.\d+(\.\d+)?/.exec(text)?.[0].replace(/^(\d+\.\d+)$/, "$1.0") ?? text.trim(),
        ),
        listRemote,
        fetch: Effect.fn("Git.fetch")((repository: string, remote: Remote) => fetchFrom(repository, remote, "origin")),
        fetchBranch: Effect.fn("Git.fetchBranch")((repository: string, remote: Remote, branch: string) =>
          fetchFrom(repository, remote, ...aside, remote.url, `+refs/heads/${branch}:refs/kugetsu/remote/${branch}`),
        ),
        fetchHeads: Effect.fn("Git.fetchHeads")((repository: string, remote: Remote) => {
          const [head, heads] = ["+HEAD:refs/kugetsu/remote-head", "+refs/heads/*:refs/kugetsu/remote/*"]
          return fetchFrom(repository, remote, ...aside, remote.url, head, heads).pipe(
            Effect.as(true),
            Effect.catchTag("GitFailed", (failed) =>
              /couldn't find remote ref HEAD/i.test(failed.detail)
                ? Effect.as(fetchFrom(repository, remote, ...aside, remote.url, heads), false)
                : Effect.fail(failed),
            ),
          )
        }),
        fetchRef: Effect.fn("Git.fetchRef")((repository: string, remote: Remote, { from, to }) =>
          fetchFrom(repository, remote, ...aside, remote.url, `+${from}:${to}`),
        ),
        initBare: (directory, objectFormat) =>
          done({
            at: "nowhere",
            args: ["init", ...privately, `--object-format=${objectFormat}`, "--", directory],
            env: { GIT_DEFAULT_REF_FORMAT: "files" },
          }),
        config,
        personalConfig: Effect.map(
          config("nowhere"),
          (entries) => new Map(entries.map(({ key, value }) => [key, value ?? "true"])),
        ),
        ...treeVerbs(run, config),
        ...historyVerbs(run),
        ...rescueVerbs(run),
        setConfig: (repository, { file, key, value }) =>
          done({ at: { repository }, args: ["config", "--file", file, "--replace-all", "--", key, value] }),
        // 5: another process was faster
        unsetConfig: (repository, { file, key }) =>
          done({ at: { repository }, args: ["config", "--file", file, "--unset-all", "--", key], answers: [5] }),
        refs,
        setRemoteHead: (repository, branch) =>
          done({
            at: { repository },
            args: ["symbolic-ref", "refs/remotes/origin/HEAD", `refs/remotes/origin/${branch}`],
          }),
        addWorktree: (repository, { path, branch, start }) =>
          done({
            at: { repository },
            args: ["worktree", "add", "--quiet", "--no-checkout", "--no-track", "-B", branch, "--", path, start],
          }),
        log,
        isAncestor: (repository, ancestor, of) =>
          Effect.map(
            run({ at: { repository }, args: ["merge-base", "--is-ancestor", ancestor, of], answers: [1] }),
            ({ exitCode }) => exitCode === 0,
          ),
        countUnpushed: (repository, commit) =>
          Effect.map(
            output({ at: { repository }, args: ["rev-list", "--count", commit, "--not", "--remotes=origin", "--"] }),
            Number,
          ),
        head: (worktree) => {
          const call: GitCall = { at: { worktree }, args: ["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"] }
          return Effect.flatMap(run({ ...call, answers: [128] }), ({ exitCode, stdout }) => {
            if (exitCode === 0) return Effect.succeedSome(parseHead(stdout))
            // without a commit it repeats the word; without a repository it prints nothing
            return stdout === "" ? Effect.as(run(call), Option.none()) : Effect.succeedNone
          })
        },
        commonDirectory: (worktree) =>
          Effect.map(
            output({ at: { worktree }, args: ["rev-parse", "--path-format=absolute", "--git-common-dir"] }),
            (text) => text.replace(/\n$/, ""),
          ),
        effectiveUrl: (url) =>
          Effect.map(output({ at: "nowhere", args: ["ls-remote", "--get-url", "--", url] }), (text) =>
            text.replace(/\n$/, ""),
          ),
        originUrls: (worktree) =>
          Effect.map(
            Effect.forEach([[], ["--push", "--all"]], (which) =>
              output({ at: { worktree }, args: ["remote", "get-url", ...which, "origin"], answers: [2] }),
            ),
            (texts) => texts.flatMap(lines),
          ),
      }
    }),
  )
}

const unreachable = (remote: Remote, reason: RemoteUnreachable["reason"], detail: string) =>
  Effect.fail(new RemoteUnreachable({ url: withoutSecrets(remote.url), reason, detail, token: remote.token }))
