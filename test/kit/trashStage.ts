import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Sessions } from "@kugetsu/core/Sessions"
import { type Discard, Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "./git.ts"
import { gitLayers } from "./gitLayers.ts"
import { temporaryDirectory } from "./temporary.ts"

export const issueOf = (identifier: string) =>
  new IssueRef({ instance: "example.org", owner: "ann", repository: "repo", identifier })

export const trashLayers = (options: Parameters<typeof gitLayers>[0]) =>
  Trash.layer.pipe(Layer.provideMerge(gitLayers(options)))

export interface IssuePlace {
  readonly ref: IssueRef
  readonly name: string
  readonly path: string
  readonly branch: string
}

export const discardOf = ({ branch, name, path: worktree, ref }: IssuePlace): Discard => ({
  ref,
  name,
  worktree,
  branch,
  because: "destroy",
  forced: true,
  evidence: ["it was asked for"],
  saved: false,
})

type Services = Layer.Success<ReturnType<typeof trashLayers>>

/** A home with one remote, and issues with all that an issue has. */
export const trashStage = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "hömé")
  fs.mkdirSync(root)
  const remote = box.remote("r.git", { "a.txt": "one\n", "d/b.txt": "two\n" })
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/repo": remote }))
  const clone = path.join(root, "repos/example.org/ann/repo.git")

  const use = <A, E>(effect: Effect.Effect<A, E, Services>) =>
    Effect.provide(effect, trashLayers({ root, env: box.env }))

  /** An issue with worktree, session, private database and context. */
  const issue = Effect.fnUntraced(function* (identifier: string) {
    const ref = issueOf(identifier)
    const worktree = yield* use(Worktrees.use((worktrees) => worktrees.ensure(ref, { path: null, branch: null })))
    const name = `example.org-ann-repo-${identifier}`
    yield* use(
      Sessions.use((sessions) =>
        sessions.update(ref, (session) => ({ ...session, worktree_path: worktree.path, branch_name: worktree.branch })),
      ),
    )
    for (const [file, text] of [
      [`agents/${name}/opencode.db`, "a database\0"],
      [`context/${name}.json`, '{"conversation_history": []}'],
    ] as const) {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      fs.writeFileSync(path.join(root, file), text)
    }
    return { ref, name, path: worktree.path, branch: worktree.branch, admin: path.join(clone, "worktrees", name) }
  })

  const discard = (what: IssuePlace, change: Partial<Discard> = {}) =>
    use(Trash.use((trash) => trash.discard({ ...discardOf(what), ...change })))
  const restore = (which: Parameters<Trash["Service"]["restore"]>[0]) => use(Trash.use((trash) => trash.restore(which)))
  /** What it ended; fails when there is anything that it could not end. */
  const finish = Effect.gen(function* () {
    const { done, failed } = yield* use(Trash.use((trash) => trash.finish))
    return failed[0] === undefined ? done : yield* Effect.fail(failed[0].failure)
  })
  const list = use(Trash.use((trash) => trash.list))

  /** Everything of an issue that restoring must bring back as it was. */
  const portraitOf = (what: IssuePlace & { readonly admin: string }) => {
    const log = path.join(clone, "logs/refs/heads", what.branch)
    const isTree = fs.existsSync(what.path) && fs.existsSync(path.join(what.path, ".git"))
    const ask = (...args: ReadonlyArray<string>) => box.run(clone, ...args)
    return {
      tree: filesOf(what.path),
      admin: filesOf(what.admin),
      agent: filesOf(path.join(root, "agents", what.name)),
      session: filesOf(path.join(root, "sessions", `${what.name}.json`)),
      context: filesOf(path.join(root, "context", `${what.name}.json`)),
      index: fs.existsSync(path.join(root, "index.json")) ? fs.readFileSync(path.join(root, "index.json"), "utf8") : "",
      status: isTree
        ? box.run(what.path, "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--ignored")
        : "",
      staged: isTree ? box.run(what.path, "--no-optional-locks", "ls-files", "--stage", "-v", "--debug") : "",
      branch: ask("for-each-ref", "--format=%(refname) %(objectname)", `refs/heads/${what.branch}`),
      reflog: fs.existsSync(log) ? fs.readFileSync(log, "latin1") : null,
      stashes:
        ask("for-each-ref", "refs/stash") === "" ? "" : ask("log", "--walk-reflogs", "--format=%H %gs", "refs/stash"),
    }
  }

  /** What a repository may meet with while something of it is in the trash. */
  const weather = (where = clone) => {
    box.run(where, "worktree", "prune", "--expire=now")
    box.run(where, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    box.run(where, "fetch", "--quiet", "--prune", "origin")
    box.run(where, "gc", "--quiet", "--prune=now")
  }

  return { box, root, remote, clone, use, issue, discard, restore, finish, list, portraitOf, weather }
})

export type TrashStage = Effect.Success<typeof trashStage>

/** Every file below with its kind, mode, time and content. */
export const filesOf = (top: string): ReadonlyArray<string> => {
  const stat = fs.lstatSync(top, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return []
  const digest = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex").slice(0, 12)
  const content = stat.isSymbolicLink() ? fs.readlinkSync(top) : stat.isFile() ? digest(fs.readFileSync(top)) : ""
  const own = `${top} ${stat.mode.toString(8)} ${stat.mtimeNs} ${content}`
  return stat.isDirectory()
    ? [
        own,
        ...fs
          .readdirSync(top)
          .sort()
          .flatMap((name) => filesOf(path.join(top, name))),
      ]
    : [own]
}
