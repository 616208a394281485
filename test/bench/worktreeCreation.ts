import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { type IssueWorktree, Worktrees } from "@kugetsu/core/Worktrees"
import { Duration, Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "../kit/git.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectoryIn } from "../kit/temporary.ts"
import { interleave, millisecondsOf, timesOf, type Repetitions, type Row, spreadOf } from "./measure.ts"
import { runToEnd } from "./runToEnd.ts"

export interface WorktreePlan {
  /** In the repository. */
  readonly files: number
  /** Where repository and worktrees are, and what that is called. */
  readonly directory: string
  readonly kind: string
}

/** What a new worktree on a warm clone costs, all that kugetsu asks of the remote included, beside bare git. */
export const worktreeCreation = Effect.fnUntraced(function* (
  { directory, files, kind }: WorktreePlan,
  how: Repetitions,
) {
  const box = new GitBox(yield* temporaryDirectoryIn(directory))
  const remote = box.emptyRemote("remote.git")
  const addCommit = commitsTo(box, remote)
  yield* addCommit(files)
  const afterPush = <E, R>(take: Effect.Effect<number, E, R>) => Effect.andThen(addCommit(1), take)
  const git = bareGit(box, remote)
  const root = path.join(box.dir, "home")
  fs.mkdirSync(root)
  fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/tool": remote }))
  const kugetsu = ensureWorktree(box)

  const taken = yield* interleave(
    {
      add: git({ fetch: false }),
      fetchAndAdd: git({ fetch: true }),
      ensure: kugetsu,
      fetchAndAddAfterPush: afterPush(git({ fetch: true })),
      ensureAfterPush: afterPush(kugetsu),
    },
    how,
  ).pipe(Effect.provide(gitLayers({ root, env: box.env })))

  const [add, fetchAndAdd] = ["`git worktree add`", "`git fetch && git worktree add`"] as const
  const row = (when: string, taking: Name, against: string, bare: Name, goal: number | null): Row => ({
    what: `worktree of ${files.toLocaleString("en")} files ${kind}${when}`,
    took: spreadOf(taken[taking]),
    comparison: { against, took: spreadOf(taken[bare]), cost: timesOf(taken[taking], taken[bare]), goal },
  })
  type Name = keyof typeof taken
  return [
    row("", "ensure", add, "add", 1.3),
    row("", "ensure", fetchAndAdd, "fetchAndAdd", null),
    row(", after a push", "ensureAfterPush", fetchAndAdd, "fetchAndAddAfterPush", null),
  ]
})

/** Commits that change so many files, in directories of fifty. */
export const commitsTo = (box: GitBox, remote: string) => {
  let commits = 0
  const lines = Array.from({ length: 60 }, (_, line) => `line ${line} of a file like many others\n`).join("")
  return (files: number) => {
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
    const stream = [
      `commit refs/heads/main\ncommitter Ann <ann@example.org> ${1_790_000_000 + commits} +0000\n${data("work")}`,
      commits === 0 ? "" : "from refs/heads/main^0\n",
      ...Array.from(
        { length: files },
        (_, file) => `M 100644 inline d${Math.floor(file / 50)}/f${file}.txt\n${data(`${file} ${commits}\n${lines}`)}`,
      ),
    ]
    commits++
    return runToEnd(["git", "fast-import", "--quiet"], { env: box.env, cwd: remote, stdin: stream.join("") })
  }
}

/** Worktrees as a person makes them, on a clone that is there. */
const bareGit = (box: GitBox, remote: string) => {
  const clone = path.join(box.dir, "clone.git")
  box.run(box.dir, "clone", "--quiet", "--bare", remote, clone)
  box.run(clone, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
  box.run(clone, "fetch", "--quiet")
  const git = (...args: ReadonlyArray<string>) => runToEnd(["git", ...args], { env: box.env, cwd: clone })
  let made = 0
  return ({ fetch }: { readonly fetch: boolean }) =>
    Effect.suspend(() => {
      const branch = `fix/issue-${++made}`
      const worktree = path.join(box.dir, `worktree-${made}`)
      const add = git("worktree", "add", "--quiet", "--no-track", "-b", branch, worktree, "origin/main")
      return millisecondsOf(fetch ? Effect.andThen(git("fetch", "--quiet"), add) : add).pipe(
        Effect.tap(() => Effect.sync(() => discard(box, { clone, path: worktree, branch }))),
      )
    })
}

const ensureWorktree = (box: GitBox) => {
  let made = 0
  return Effect.gen(function* () {
    const worktrees = yield* Worktrees
    const identifier = String(++made)
    const ref = IssueRef.make({ instance: "example.org", owner: "ann", repository: "tool", identifier })
    const [took, worktree] = yield* Effect.timed(worktrees.ensure(ref, { path: null, branch: null }))
    return { took, worktree }
  }).pipe(
    Effect.tap(({ worktree }) => Effect.sync(() => discard(box, worktree))),
    Effect.map(({ took }) => Duration.toMillis(took)),
  )
}

/** Moves the files away: where thousands were removed a moment ago, a file system is slow at making new ones. */
const discard = (box: GitBox, { branch, clone, path: worktree }: Pick<IssueWorktree, "branch" | "clone" | "path">) => {
  fs.renameSync(worktree, `${fs.mkdtempSync(path.join(box.dir, "discarded-"))}/worktree`)
  box.run(clone, "worktree", "prune")
  box.run(clone, "branch", "--quiet", "-D", branch)
}
