import { expect } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { type KnownWorktree, Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Fiber } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { GitBox } from "../kit/git.ts"
import { FakeForge, gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const issue = (identifier: string, repository = "repo") =>
  new IssueRef({ instance: "example.org", owner: "ann", repository, identifier })

const nothingKnown = { path: null, branch: null }

/** One home, one remote `example.org/ann/repo`, and a way to run the services. */
const setUp = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const forge = new FakeForge()
  // blanks, letters beyond ASCII and a leading dash are everywhere
  const root = path.join(box.dir, "-hömé of it")
  fs.mkdirSync(root)
  const env: Record<string, string> = { ...box.env }
  const repos: Record<string, string> = {}
  const useRemote = (remote: string, repository = "repo") => {
    repos[`example.org/ann/${repository}`] = remote
    fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify(repos))
    return remote
  }
  const withServices = <A, E>(effect: Effect.Effect<A, E, Worktrees | KugetsuHome>, home = root) =>
    Effect.provide(effect, gitLayers({ root: home, env, forge }))
  const ensure = (ref: IssueRef, known: KnownWorktree = nothingKnown, home = root) =>
    withServices(
      Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(ref, known)),
      home,
    )
  const inspect = (worktree: string) =>
    withServices(Effect.flatMap(Worktrees, (worktrees) => worktrees.inspect(worktree)))
  const clone = path.join(root, "repos/example.org/ann/repo.git")
  return { box, forge, root, env, useRemote, withServices, ensure, inspect, clone }
})

const read = (worktree: string, file: string) => fs.readFileSync(path.join(worktree, file), "utf8")
const write = (worktree: string, file: string, content: string) => fs.writeFileSync(path.join(worktree, file), content)

effectTest("an issue gets a worktree on its own branch, at the head of the branch the remote calls default", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git", { "a.txt": "one\n" }, "trunk"))
    box.commit(remote, "main", { "b.txt": "no\n" })
    const worktree = yield* ensure(issue("14"))
    expect(worktree).toEqual({
      path: path.join(root, "worktrees/example.org-ann-repo-14"),
      branch: "fix/issue-14",
      base: "trunk",
      cloneUrl: remote,
      clone,
      head: box.run(remote, "rev-parse", "trunk"),
      warnings: [],
    })
    expect(fs.readdirSync(worktree.path).sort()).toEqual([".git", "a.txt"])
    expect(box.run(worktree.path, "status", "--porcelain=v1", "--branch")).toBe("## fix/issue-14")
    expect(box.run(worktree.path, "rev-parse", "--abbrev-ref", "origin/HEAD")).toBe("origin/trunk")
  }),
)

effectTest("only the owner can read the clone and the directory of a worktree", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const { path: worktree, clone } = yield* ensure(issue("1"))
    expect(fs.statSync(worktree).mode & 0o777).toBe(0o700)
    expect(fs.statSync(clone).mode & 0o777).toBe(0o700)
    for (const name of ["config", "HEAD", "objects", "refs"])
      expect(fs.statSync(path.join(clone, name)).mode & 0o077).toBe(0)
  }),
)

effectTest("KUGETSU_BASE_BRANCH is where work starts, and one that is not there is refused by name", () =>
  Effect.gen(function* () {
    const { box, root, env, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const next = box.commit(remote, "next", { "n.txt": "n" }, "next", "main")
    env.KUGETSU_BASE_BRANCH = "next"
    expect(yield* ensure(issue("1"))).toMatchObject({ base: "next", head: next })
    env.KUGETSU_BASE_BRANCH = "nowhere"
    const error = yield* Effect.flip(ensure(issue("2")))
    expect([error._tag, error.code]).toEqual(["BaseBranchMissing", 78])
    expect(`${error.message} ${error.remedy}`).toMatch(/no branch nowhere.*KUGETSU_BASE_BRANCH.*main, next/s)
    expect(fs.existsSync(path.join(root, "worktrees/example.org-ann-repo-2"))).toBe(false)
  }),
)

effectTest("a remote whose default branch does not exist is told as such, with the branches it has", () =>
  Effect.gen(function* () {
    const { box, env, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.emptyRemote("r.git", "main"))
    const head = box.commit(remote, "develop", { "a.txt": "a" })
    const error = yield* Effect.flip(ensure(issue("1")))
    expect([error._tag, error.code]).toEqual(["BaseBranchMissing", 78])
    expect(error.remedy).toContain("KUGETSU_BASE_BRANCH to one of its branches: develop")
    env.KUGETSU_BASE_BRANCH = "develop"
    expect(yield* ensure(issue("1"))).toMatchObject({ base: "develop", head })
  }),
)

effectTest("a home behind a symbolic link works as any other", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const link = path.join(box.dir, "link")
    fs.symlinkSync(root, link)
    const first = yield* ensure(issue("1"), nothingKnown, link)
    expect(first.path).toStartWith(`${link}/worktrees/`)
    write(first.path, "new.txt", "untracked")
    box.run(first.clone, "config", "core.pager", "evil")
    const [gitFile] = [read(first.path, ".git")]
    expect(yield* ensure(issue("1"), first, link)).toEqual(first)
    expect(read(first.path, ".git")).toBe(gitFile)
    expect(box.run(first.clone, "config", "--list")).not.toContain("core.pager")
    fs.rmSync(first.path, { recursive: true })
    expect(yield* ensure(issue("1"), first, link)).toEqual(first)
    expect(yield* ensure(issue("2"), nothingKnown, link)).toMatchObject({ branch: "fix/issue-2" })
  }),
)

effectTest("a repository with SHA-256 objects is cloned as one", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    box.env.GIT_DEFAULT_HASH = "sha256"
    useRemote(box.remote("r.git"))
    delete box.env.GIT_DEFAULT_HASH
    const worktree = yield* ensure(issue("1"))
    expect(worktree.head).toHaveLength(64)
    expect(box.run(worktree.path, "status", "--porcelain")).toBe("")
  }),
)

effectTest("a remote that is not there, or is empty, is told before anything is made", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure } = yield* setUp
    useRemote(path.join(box.dir, "nowhere.git"))
    const missing = yield* Effect.flip(ensure(issue("1")))
    expect(missing).toMatchObject({ _tag: "RemoteUnreachable", code: 69, reason: "not_found" })
    useRemote(box.emptyRemote("empty.git"))
    const empty = yield* Effect.flip(ensure(issue("1")))
    expect([empty._tag, empty.code]).toEqual(["EmptyRemote", 69])
    expect(fs.readdirSync(root)).toEqual(["repos.json"])
  }),
)

effectTest("eight issues of two repositories are made ready at once, each on its own branch", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    useRemote(box.remote("other.git", { "other.txt": "x" }), "other")
    const refs = [1, 2, 3, 4, 5, 6].map((n) => issue(`${n}`))
    const made = yield* Effect.forEach([...refs, issue("1", "other"), issue("2", "other")], (ref) => ensure(ref), {
      concurrency: "unbounded",
    })
    expect(new Set(made.map(({ path }) => path)).size).toBe(8)
    expect(made.map(({ branch }) => branch)).toEqual([1, 2, 3, 4, 5, 6, 1, 2].map((n) => `fix/issue-${n}`))
    for (const { path } of made) expect(box.run(path, "status", "--porcelain")).toBe("")
    expect(made.map(({ path }) => fs.existsSync(`${path}/other.txt`)).filter(Boolean)).toHaveLength(2)
  }),
)

effectTest("what is in a worktree stays when the issue is started again: changes, new files, commits", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "done.txt", "committed")
    const head = box.commitAll(first.path, "half the work")
    write(first.path, "README.md", "changed")
    write(first.path, "new.txt", "untracked")
    box.commit(remote, "main", { "later.txt": "moved on" })
    const again = yield* ensure(issue("1"), { path: first.path, branch: first.branch })
    expect(again).toEqual({ ...first, head })
    expect(box.run(first.path, "status", "--porcelain")).toBe(" M README.md\n?? new.txt")
    expect(read(first.path, "new.txt")).toBe("untracked")
  }),
)

effectTest("a new issue starts from what the remote has by then", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    yield* ensure(issue("1"))
    const newer = box.commit(remote, "main", { "later.txt": "moved on" })
    expect((yield* ensure(issue("2"))).head).toBe(newer)
  }),
)

effectTest("a branch that the remote has already is checked out while its pull request is open, none, or unknown", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const heads = ["1", "2", "3"].map((n) => box.commit(remote, `fix/issue-${n}`, { "w.txt": n }, "begun", "main"))
    forge.byBranch.set("fix/issue-1", "open")
    expect(yield* ensure(issue("1"))).toMatchObject({ branch: "fix/issue-1", head: heads[0] })
    expect(yield* ensure(issue("2"))).toMatchObject({ branch: "fix/issue-2", head: heads[1] })
    forge.silent = true
    const third = yield* ensure(issue("3"))
    expect(third).toMatchObject({ branch: "fix/issue-3", head: heads[2] })
    expect(read(third.path, "w.txt")).toBe("3")
  }),
)

effectTest("once a branch's pull request is merged or closed the next free branch starts from the base", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    for (const branch of ["fix/issue-1", "fix/issue-1-2"]) box.commit(remote, branch, { "w.txt": "w" }, "w", "main")
    forge.byBranch.set("fix/issue-1", "merged").set("fix/issue-1-2", "closed")
    const worktree = yield* ensure(issue("1"))
    expect(worktree).toMatchObject({ branch: "fix/issue-1-3", head: box.run(remote, "rev-parse", "main") })
  }),
)

effectTest(
  "the recorded branch wins while its pull request is not settled, and is followed by a later one afterwards",
  () =>
    Effect.gen(function* () {
      const { box, forge, useRemote, ensure } = yield* setUp
      const remote = useRemote(box.remote("r.git"))
      const known = { path: null, branch: "fix/issue-1-2" }
      const head = box.commit(remote, "fix/issue-1-2", { "w.txt": "w" }, "w", "main")
      const first = yield* ensure(issue("1"), known)
      expect(first).toMatchObject({ branch: "fix/issue-1-2", head })
      fs.rmSync(first.path, { recursive: true })
      forge.byBranch.set("fix/issue-1-2", "merged")
      forge.heads.set("fix/issue-1-2", head)
      expect((yield* ensure(issue("1"), known)).branch).toBe("fix/issue-1-3")
    }),
)

effectTest("a clean worktree whose pull request is merged goes over to the next branch and keeps ignored files", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git", { ".gitignore": "cache\n" }))
    const first = yield* ensure(issue("1"))
    write(first.path, "work.txt", "w")
    const head = box.commitAll(first.path, "work")
    write(first.path, "cache", "expensive")
    // a switch that was killed before it began
    fs.writeFileSync(
      path.join(first.clone, "worktrees/example.org-ann-repo-1/kugetsu-worktree"),
      "switching fix/issue-1-2\n",
    )
    // squashed on the forge, and its branch deleted there
    const merged = box.commit(remote, "main", { "work.txt": "w", "more.txt": "m" }, "squashed")
    forge.byBranch.set("fix/issue-1", "merged")
    forge.heads.set("fix/issue-1", head)
    const next = yield* ensure(issue("1"), first)
    expect(next).toMatchObject({ path: first.path, branch: "fix/issue-1-2", head: merged, warnings: [] })
    expect(box.run(first.path, "status", "--porcelain=v1", "--branch")).toBe("## fix/issue-1-2")
    expect(read(first.path, "cache")).toBe("expensive")
    expect(yield* ensure(issue("1"), next)).toEqual(next)
    // cut off before the new name was recorded
    expect(yield* ensure(issue("1"), first)).toEqual(next)
  }),
)

effectTest("a worktree with work in it is not switched although its pull request is merged, and says so", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git", { ".gitignore": "cache\n", "a.txt": "a\n" }))
    forge.byBranch.set("fix/issue-1", "merged").set("fix/issue-2", "closed").set("fix/issue-3", "merged")
    forge.silent = true
    const [dirty, unpushed, hidden] = yield* Effect.forEach(["1", "2", "3"], (n) => ensure(issue(n)))
    forge.silent = false
    if (dirty === undefined || unpushed === undefined || hidden === undefined) throw new Error("not made")
    write(dirty.path, "note.txt", "untracked")
    write(unpushed.path, "a.txt", "b\n")
    const head = box.commitAll(unpushed.path, "never pushed")
    box.run(hidden.path, "update-index", "--assume-unchanged", "a.txt")
    write(hidden.path, "a.txt", "hidden\n")

    const kept = yield* ensure(issue("1"), dirty)
    expect(kept.branch).toBe("fix/issue-1")
    expect(kept.warnings).toEqual([expect.stringMatching(/is merged; fix\/issue-1 is kept .* uncommitted changes$/)])
    expect(yield* ensure(issue("2"), unpushed)).toMatchObject({
      branch: "fix/issue-2",
      head,
      warnings: [expect.stringMatching(/is closed; .*not on the remote$/)],
    })
    expect((yield* ensure(issue("3"), hidden)).branch).toBe("fix/issue-3")
    expect(read(hidden.path, "a.txt")).toBe("hidden\n")
  }),
)

effectTest("an ignored file that the next branch would overwrite keeps the worktree where it is", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git", { ".gitignore": "local.env\n" }))
    const first = yield* ensure(issue("1"))
    write(first.path, "local.env", "mine")
    const tree = path.join(box.dir, "forced")
    box.run(box.dir, "clone", "--quiet", remote, tree)
    write(tree, "local.env", "theirs")
    box.run(tree, "add", "--force", "local.env")
    box.run(tree, "commit", "--quiet", "-m", "tracked now")
    box.run(tree, "push", "--quiet", "origin", "HEAD:main")
    forge.byBranch.set("fix/issue-1", "merged")
    const again = yield* ensure(issue("1"), first)
    expect(again.branch).toBe("fix/issue-1")
    expect(again.warnings).toEqual([expect.stringContaining("stays on fix/issue-1")])
    expect(read(first.path, "local.env")).toBe("mine")
    expect(box.run(first.path, "status", "--porcelain=v1", "--branch")).toBe("## fix/issue-1")
  }),
)

effectTest("a deleted worktree directory comes back with unpushed commits and staged changes", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "done.txt", "committed")
    const head = box.commitAll(first.path, "unpushed")
    write(first.path, "staged.txt", "staged")
    box.run(first.path, "add", "staged.txt")
    fs.rmSync(first.path, { recursive: true })
    expect(yield* ensure(issue("1"), first)).toEqual({ ...first, head })
    expect(box.run(first.path, "status", "--porcelain")).toBe("A  staged.txt")
    expect(read(first.path, "staged.txt")).toBe("staged")

    // killed while it came back
    fs.rmSync(path.join(first.path, "done.txt"))
    fs.writeFileSync(
      path.join(first.clone, "worktrees/example.org-ann-repo-1/kugetsu-worktree"),
      "filling fix/issue-1\n",
    )
    expect(yield* ensure(issue("1"), first)).toEqual({ ...first, head })
    expect(box.run(first.path, "status", "--porcelain")).toBe("A  staged.txt")
  }),
)

effectTest("a worktree whose registration is gone too is made again from the clone's branch, with its commits", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "done.txt", "committed")
    const head = box.commitAll(first.path, "unpushed")
    fs.rmSync(first.path, { recursive: true })
    box.run(clone, "-c", "gc.worktreePruneExpire=now", "worktree", "prune")
    expect(yield* ensure(issue("1"), first)).toMatchObject({ branch: "fix/issue-1", head })
    expect(read(first.path, "done.txt")).toBe("committed")
  }),
)

effectTest("a deleted .git file is put back and nothing in the tree changes", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "new.txt", "untracked")
    fs.rmSync(path.join(first.path, ".git"))
    expect(yield* ensure(issue("1"), first)).toEqual(first)
    expect(box.run(first.path, "status", "--porcelain")).toBe("?? new.txt")
  }),
)

effectTest("a moved home keeps its worktrees and what is in them", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const before = yield* Effect.forEach(["1", "2"], (n) => ensure(issue(n)))
    for (const { path } of before) write(path, "new.txt", "untracked")
    const elsewhere = path.join(box.dir, "elsewhere")
    fs.renameSync(root, elsewhere)
    for (const [i, known] of before.entries()) {
      const after = yield* ensure(issue(`${i + 1}`), known, elsewhere)
      expect(after.path).toBe(known.path.replace(root, elsewhere))
      expect(box.run(after.path, "status", "--porcelain=v1", "--branch")).toBe(`## fix/issue-${i + 1}\n?? new.txt`)
      expect(read(after.path, ".git")).toContain(elsewhere)
    }
  }),
)

effectTest("a copied home does not take over the worktrees of the home it was copied from", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure } = yield* setUp
    useRemote(box.remote("r.git"))
    const original = yield* ensure(issue("1"))
    const copied = path.join(box.dir, "copied")
    fs.cpSync(root, copied, { recursive: true })
    const admin = (home: string) =>
      fs.readFileSync(path.join(home, "repos/example.org/ann/repo.git/worktrees/example.org-ann-repo-1/gitdir"), "utf8")
    const gitFile = read(original.path, ".git")
    const copy = yield* ensure(issue("1"), original, copied)
    expect(copy.path).toBe(original.path.replace(root, copied))
    expect(admin(copied)).toContain(copied)
    expect([read(original.path, ".git"), admin(root)]).toEqual([gitFile, `${original.path}/.git\n`])
    write(copy.path, "only-here.txt", "x")
    box.commitAll(copy.path, "in the copy")
    expect(box.run(original.path, "rev-parse", "HEAD")).toBe(original.head)
  }),
)

effectTest("a checkout that is killed half-way is made again, whole", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    useRemote(box.remote("r.git", { ".gitattributes": "slow.txt filter=slow\n", "slow.txt": "s\n", "z.txt": "z\n" }))
    const entered = path.join(box.dir, "entered")
    Bun.spawnSync(["mkfifo", entered])
    box.run(
      box.dir,
      "config",
      "--global",
      "filter.slow.smudge",
      `echo $PPID > '${entered}'; while kill -0 $PPID; do sleep 0.05; done`,
    )
    const making = yield* Effect.forkChild(Effect.flip(ensure(issue("1"))))
    process.kill(Number(yield* Effect.promise(() => Bun.file(entered).text())), "SIGKILL")
    expect((yield* Fiber.join(making))._tag).toBe("GitFailed")
    const admin = path.join(clone, "worktrees/example.org-ann-repo-1")
    expect(fs.existsSync(path.join(admin, "index.lock"))).toBe(true)

    box.run(box.dir, "config", "--global", "filter.slow.smudge", "cat")
    const worktree = yield* ensure(issue("1"), {
      path: path.join(clone, "../../../../worktrees/example.org-ann-repo-1"),
      branch: null,
    })
    expect(box.run(worktree.path, "status", "--porcelain")).toBe("")
    expect(fs.readdirSync(worktree.path).sort()).toEqual([".git", ".gitattributes", "slow.txt", "z.txt"])
  }),
)

effectTest(
  "what a killed `git worktree add` leaves at any moment is cleared away, also for a worktree known from before",
  () =>
    Effect.gen(function* () {
      const { box, root, useRemote, ensure, clone } = yield* setUp
      useRemote(box.remote("r.git"))
      yield* ensure(issue("1"))
      const [worktree, admin] = [
        path.join(root, "worktrees/example.org-ann-repo-2"),
        path.join(clone, "worktrees/example.org-ann-repo-2"),
      ]
      const remains = [
        () => fs.writeFileSync(path.join(admin, "locked"), "initializing"),
        () => fs.writeFileSync(path.join(admin, "gitdir"), `${worktree}/.git\n`),
        () => {
          fs.mkdirSync(worktree)
          write(worktree, ".git", `gitdir: ${admin}\n`)
        },
        () => {
          fs.writeFileSync(path.join(admin, "HEAD"), "ref: refs/heads/fix/issue-2\n")
          fs.writeFileSync(path.join(admin, "commondir"), "../..\n")
          write(worktree, "half.txt", "half")
        },
      ]
      for (const [i] of remains.entries()) {
        fs.rmSync(worktree, { recursive: true, force: true })
        fs.rmSync(admin, { recursive: true, force: true })
        fs.mkdirSync(admin)
        for (const step of remains.slice(0, i + 1)) step()
        // its maker announced itself first
        fs.mkdirSync(path.join(clone, "kugetsu-making"), { recursive: true })
        fs.writeFileSync(path.join(clone, "kugetsu-making/example.org-ann-repo-2"), "")
        const made = yield* ensure(issue("2"), i % 2 === 0 ? nothingKnown : { path: worktree, branch: "fix/issue-2" })
        expect(box.run(made.path, "status", "--porcelain=v1", "--branch")).toBe("## fix/issue-2")
      }
    }),
)

effectTest("a directory that is no worktree of the clone is refused unless a session was given it", () =>
  Effect.gen(function* () {
    const { box, root, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const files = path.join(root, "worktrees/example.org-ann-repo-1")
    fs.mkdirSync(files, { recursive: true })
    write(files, "precious.txt", "x")
    const error = yield* Effect.flip(ensure(issue("1")))
    expect([error._tag, error.code]).toEqual(["WorktreeInTheWay", 73])
    expect(fs.readdirSync(files)).toEqual(["precious.txt"])

    // the first kugetsu made a clone of its own for each issue
    const old = path.join(box.dir, "old-worktrees/issue-2")
    box.run(box.dir, "clone", "--quiet", remote, old)
    box.run(old, "checkout", "--quiet", "-b", "fix/issue-2")
    write(old, "new.txt", "untracked")
    const kept = yield* ensure(issue("2"), { path: old, branch: null })
    expect(kept).toMatchObject({ path: old, branch: "fix/issue-2", clone: path.join(old, ".git") })
    expect(box.run(old, "status", "--porcelain")).toBe("?? new.txt")

    // a worktree of somebody's own clone, where one of ours was
    const ours = yield* ensure(issue("3"))
    fs.rmSync(ours.path, { recursive: true })
    box.run(old, "worktree", "add", "--quiet", "-b", "theirs", ours.path)
    const link = read(ours.path, ".git")
    expect((yield* Effect.flip(ensure(issue("3"))))._tag).toBe("WorktreeInTheWay")
    expect(yield* ensure(issue("3"), ours)).toMatchObject({
      path: ours.path,
      branch: "fix/issue-3",
      clone: path.join(old, ".git"),
    })
    expect(read(ours.path, ".git")).toBe(link)
  }),
)

effectTest("locks that a killed git left do not stop the next start", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    const admin = path.join(clone, "worktrees/example.org-ann-repo-1")
    for (const lock of ["index.lock", "HEAD.lock"]) fs.writeFileSync(path.join(admin, lock), "")
    for (const lock of ["config.lock", "packed-refs.lock", "refs/remotes/origin/main.lock"]) {
      fs.writeFileSync(path.join(clone, lock), "")
    }
    box.run(clone, "config", "--file", "other", "a.b", "c")
    fs.appendFileSync(path.join(clone, "config"), "[alias]\n\tx = !false\n")
    const newer = box.commit(remote, "main", { "later.txt": "x" })
    yield* ensure(issue("1"), first)
    expect(box.run(first.path, "rev-parse", "origin/main")).toBe(newer)
    expect(fs.readdirSync(admin).filter((name) => name.endsWith(".lock"))).toEqual([])
    write(first.path, "a.txt", "a")
    box.commitAll(first.path, "works again")
  }),
)

effectTest("no program that the clone's or the worktree's configuration names is run", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, inspect, clone } = yield* setUp
    const remote = useRemote(
      box.remote("r.git", { ".gitattributes": "*.txt filter=evil\n*.md filter=a=b\n", "a.txt": "a\n", "b.md": "b\n" }),
    )
    const first = yield* ensure(issue("1"))
    const traces = path.join(box.dir, "traces")
    fs.mkdirSync(traces)
    const trap = (name: string) => `touch '${traces}/${name}'; cat`
    const included = path.join(box.dir, "included")
    fs.writeFileSync(included, `[filter "evil"]\n\tclean = "touch ${traces.replaceAll(" ", "\\\\ ")}/included; cat"\n`)
    const settings: ReadonlyArray<readonly [string, string]> = [
      ["filter.evil.clean", trap("clean")],
      ["filter.evil.smudge", trap("smudge")],
      ["filter.evil.required", "true"],
      ["filter.a=b.process", trap("process")],
      ["core.fsmonitor", `touch '${traces}/fsmonitor'; false`],
      ["core.sshCommand", trap("ssh")],
      ["core.pager", trap("pager")],
      ["credential.helper", `!touch '${traces}/helper'`],
      ["remote.origin.uploadpack", `touch '${traces}/uploadpack'; git-upload-pack`],
      ["alias.status", `!touch '${traces}/alias'`],
      ["include.path", included],
      [`url.${box.dir}/elsewhere.insteadOf`, remote],
      ["log.showSignature", "true"],
      ["gpg.program", trap("gpg")],
    ]
    for (const [key, value] of settings) {
      box.run(clone, "config", key, value)
      box.run(
        clone,
        "config",
        "--file",
        path.join(clone, "worktrees/example.org-ann-repo-1/config.worktree"),
        key,
        value,
      )
    }
    const hooks = path.join(box.dir, "hooks")
    fs.mkdirSync(hooks)
    fs.writeFileSync(path.join(hooks, "post-checkout"), `#!/bin/sh\ntouch '${traces}/hook'\n`, { mode: 0o755 })
    box.run(clone, "config", "core.hooksPath", hooks)

    fs.utimesSync(path.join(first.path, "a.txt"), 1, 1)
    fs.utimesSync(path.join(first.path, "b.md"), 1, 1)
    yield* inspect(first.path)
    box.commit(remote, "main", { "later.txt": "x" })
    yield* ensure(issue("2"))
    yield* ensure(issue("1"), first)
    yield* inspect(first.path)
    expect(fs.readdirSync(traces)).toEqual([])
    const left = box.run(clone, "config", "--list", "--name-only", "--local")
    expect(left).not.toMatch(/filter|fsmonitor|hooks|ssh|pager|credential|uploadpack|alias|include|instead|gpg/i)
    const ownHooks = path.join(box.run(first.path, "rev-parse", "--absolute-git-dir"), "hooks")
    expect(box.run(first.path, "config", "--list", "--worktree")).toBe(`core.hookspath=${ownHooks}`)
  }),
)

effectTest(
  "filters of the person's own configuration run, with the way to the remote, and the clone cannot change them",
  () =>
    Effect.gen(function* () {
      const { box, useRemote, ensure, inspect, clone } = yield* setUp
      useRemote(box.remote("r.git", { ".gitattributes": "*.txt filter=own\n", "a.txt": "stored\n" }))
      box.run(box.dir, "config", "--global", "filter.own.smudge", 'test -n "$KUGETSU_DIR" && sed s/stored/shown/')
      box.run(box.dir, "config", "--global", "filter.own.clean", "sed s/shown/stored/")
      const worktree = yield* ensure(issue("1"))
      expect(read(worktree.path, "a.txt")).toBe("shown\n")
      expect((yield* inspect(worktree.path)).dirty).toBe(false)
      box.run(clone, "config", "filter.own.clean", `touch '${box.dir}/trace'`)
      fs.utimesSync(path.join(worktree.path, "a.txt"), 1, 1)
      expect((yield* inspect(worktree.path)).dirty).toBe(false)
      expect(fs.existsSync(path.join(box.dir, "trace"))).toBe(false)
    }),
)

effectTest("submodules and theirs are there, stay as an agent left them, and one that cannot be had is a warning", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, inspect } = yield* setUp
    box.remote("inner.git", { "inner.txt": "inner" })
    const middle = box.remote("middle.git")
    const addSubmodule = (remote: string, address: string, at: string) => {
      const tree = path.join(box.dir, `tree-${at}`)
      box.run(box.dir, "clone", "--quiet", remote, tree)
      box.run(tree, "submodule", "--quiet", "add", address, at)
      box.commitAll(tree, `with ${at}`)
      box.run(tree, "push", "--quiet", "origin", "HEAD:main")
    }
    addSubmodule(middle, "../inner.git", "in")
    const remote = useRemote(box.remote("r.git"))
    addSubmodule(remote, "../middle.git", "mid dle")
    const worktree = yield* ensure(issue("1"))
    expect(worktree.warnings).toEqual([])
    expect(read(worktree.path, "mid dle/in/inner.txt")).toBe("inner")
    expect((yield* inspect(worktree.path)).dirty).toBe(false)

    write(worktree.path, "mid dle/new.txt", "agent")
    const own = box.commitAll(path.join(worktree.path, "mid dle"), "in the submodule")
    const before = yield* inspect(worktree.path)
    expect(before.dirty).toBe(true)
    yield* ensure(issue("1"), worktree)
    expect(box.run(path.join(worktree.path, "mid dle"), "rev-parse", "HEAD")).toBe(own)
    write(worktree.path, "mid dle/new.txt", "changed")
    expect((yield* inspect(worktree.path)).status).not.toBe(before.status)

    fs.renameSync(middle, `${middle}.gone`)
    const second = yield* ensure(issue("2"))
    expect(second.warnings).toEqual([expect.stringContaining("submodules")])
    expect(read(second.path, "README.md")).toBe("hello\n")
    fs.renameSync(`${middle}.gone`, middle)
    expect((yield* ensure(issue("2"), second)).warnings).toEqual([])
    expect(read(second.path, "mid dle/in/inner.txt")).toBe("inner")
  }),
)

effectTest("a pull request's worktree stands on its head branch, and one from a fork is refused", () =>
  Effect.gen(function* () {
    const { box, forge, useRemote, ensure } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const head = box.commit(remote, "feature/x", { "x.txt": "x" }, "x", "main")
    box.run(remote, "update-ref", "refs/pull/7/head", head)
    box.run(remote, "update-ref", "refs/merge-requests/8/head", head)
    const worktree = yield* ensure(issue("pr-7"))
    expect(worktree).toMatchObject({ branch: "feature/x", head })
    const taken = yield* Effect.flip(ensure(issue("mr-8")))
    expect(taken).toMatchObject({ _tag: "BranchTaken", branch: "feature/x", worktree: worktree.path, code: 73 })

    const fork = box.commit(remote, "temporary", { "f.txt": "f" }, "f", "main")
    box.run(remote, "update-ref", "refs/pull/9/head", fork)
    box.run(remote, "update-ref", "-d", "refs/heads/temporary")
    const error = yield* Effect.flip(ensure(issue("pr-9")))
    expect([error._tag, error.code]).toEqual(["PullRequestHeadUnknown", 69])
    expect(error.message).toContain("fork")
    expect((yield* Effect.flip(ensure(issue("pr-10")))).message).toContain("no pull request 10")

    box.run(remote, "branch", "feature/same", fork)
    box.run(remote, "branch", "feature/too", fork)
    expect((yield* Effect.flip(ensure(issue("pr-9")))).message).toMatch(/feature\/same, feature\/too/)
    forge.byNumber.set(9, "feature/too")
    expect((yield* ensure(issue("pr-9"))).branch).toBe("feature/too")
  }),
)

effectTest("another repository at the configured address is refused, another way to the same one is taken", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    yield* ensure(issue("1"))
    const other = useRemote(box.remote("other.git"))
    const error = yield* Effect.flip(ensure(issue("1")))
    expect(error).toMatchObject({ _tag: "CloneUrlChanged", code: 73, recorded: remote, configured: other })
    useRemote(`file://${remote}`)
    const moved = yield* ensure(issue("2"))
    expect(moved.warnings).toEqual([expect.stringContaining(`file://${remote}`)])
    expect(box.run(clone, "config", "remote.origin.url")).toBe(`file://${remote}`)
    expect((yield* ensure(issue("3"))).warnings).toEqual([])
  }),
)

effectTest(
  "an agent that points the clone at its own remote, or pushes elsewhere too, changes nothing for others",
  () =>
    Effect.gen(function* () {
      const { box, useRemote, ensure, clone } = yield* setUp
      const remote = useRemote(box.remote("r.git"))
      const { path: worktree } = yield* ensure(issue("1"))
      box.run(worktree, "config", "--add", "remote.origin.url", path.join(box.dir, "mine.git"))
      box.run(worktree, "config", "remote.origin.pushurl", path.join(box.dir, "mine.git"))
      box.run(worktree, "config", "remote.origin.url", remote, "mine.git$")
      box.run(worktree, "config", "--add", "remote.origin.fetch", "+refs/heads/*:refs/heads/*")
      yield* ensure(issue("2"))
      expect(box.run(clone, "config", "--get-all", "remote.origin.url")).toBe(remote)
      expect(box.run(clone, "config", "--get-regexp", "pushurl|fetch")).toBe(
        "remote.origin.fetch +refs/heads/*:refs/remotes/origin/*",
      )
    }),
)

effectTest("a branch that others pushed further is taken up where they left it, and commits of both are told", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "a.txt", "a")
    const local = box.commitAll(first.path, "pushed")
    box.run(first.path, "push", "--quiet", "origin", "fix/issue-1")
    const further = box.commit(remote, "fix/issue-1", { "b.txt": "b" })
    const forget = () => {
      fs.rmSync(first.path, { recursive: true })
      box.run(clone, "-c", "gc.worktreePruneExpire=now", "worktree", "prune")
    }
    forget()
    expect(box.run(clone, "rev-parse", "fix/issue-1")).toBe(local)
    expect(yield* ensure(issue("1"))).toMatchObject({ branch: "fix/issue-1", head: further, warnings: [] })
    write(first.path, "c.txt", "c")
    const diverged = box.commitAll(first.path, "not pushed")
    box.commit(remote, "fix/issue-1", { "d.txt": "d" })
    forget()
    expect(yield* ensure(issue("1"))).toMatchObject({
      head: diverged,
      warnings: [expect.stringContaining("the remote has others")],
    })
  }),
)

effectTest("the digest of a worktree's state follows contents, modes and untracked files, and nothing else", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, inspect } = yield* setUp
    useRemote(box.remote("r.git", { "a.txt": "a\n", "tö b.txt": "b\n" }))
    const { path: worktree, head } = yield* ensure(issue("1"))
    const seen: Array<string> = []
    const state = Effect.fnUntraced(function* (change: () => void) {
      change()
      const facts = yield* inspect(worktree)
      seen.push(facts.status)
      return facts
    })
    expect(yield* state(() => undefined)).toMatchObject({ branch: "fix/issue-1", head, dirty: false })
    expect((yield* state(() => write(worktree, "a.txt", "changed\n"))).dirty).toBe(true)
    yield* state(() => write(worktree, "a.txt", "changeD\n"))
    yield* state(() => box.run(worktree, "add", "a.txt"))
    yield* state(() => write(worktree, "ünt räcked.txt", "1"))
    yield* state(() => write(worktree, "ünt räcked.txt", "2"))
    yield* state(() => fs.chmodSync(path.join(worktree, "tö b.txt"), 0o755))
    yield* state(() => fs.symlinkSync("nowhere", path.join(worktree, "link")))
    expect(new Set(seen).size).toBe(seen.length)
    yield* state(() => fs.utimesSync(path.join(worktree, "ünt räcked.txt"), 1, 1))
    expect(seen.at(-1)).toBe(seen.at(-2) ?? "")
    box.run(worktree, "checkout", "--quiet", "--detach")
    expect((yield* inspect(worktree)).branch).toBeNull()
    box.run(worktree, "checkout", "--quiet", "--orphan", "fresh")
    expect((yield* Effect.flip(inspect(worktree)))._tag).toBe("HeadUnborn")
  }),
)

effectTest("commits are told oldest first, and pushed is what the remote holds now", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, withServices } = yield* setUp
    const remote = useRemote(box.remote("r.git"))
    const worktree = yield* ensure(issue("1"))
    const isPushed = (head: string) =>
      withServices(Effect.flatMap(Worktrees, (worktrees) => worktrees.isPushed(worktree, head)))
    const shas = ["one", 'two: ünï 🎉 "q"'].map((subject) => {
      write(worktree.path, "a.txt", subject)
      return box.commitAll(worktree.path, `${subject}\n\nbody`)
    })
    const [one = "", two = ""] = shas
    const workSince = withServices(
      Effect.flatMap(Worktrees, (worktrees) => worktrees.workSince(worktree, worktree.head, two)),
    )
    const commits = [
      { sha: one, subject: "one" },
      { sha: two, subject: 'two: ünï 🎉 "q"' },
    ]
    expect(yield* workSince).toEqual({ branchHead: two, commits })
    expect(yield* isPushed(one)).toBe(false)
    box.run(worktree.path, "push", "--quiet", "origin", `${one}:refs/heads/fix/issue-1`)
    expect([yield* isPushed(one), yield* isPushed(two)]).toEqual([true, false])
    box.run(worktree.path, "push", "--quiet", "origin", "HEAD:refs/heads/fix/issue-1")
    // somebody else goes on, and the clone has not seen it
    box.commit(remote, "fix/issue-1", { "theirs.txt": "x" })
    expect([yield* isPushed(one), yield* isPushed(two)]).toEqual([true, true])
    box.run(remote, "update-ref", "-d", "refs/heads/fix/issue-1")
    expect(yield* isPushed(two)).toBe(false)
  }),
)

effectTest("a branch deleted by hand under its worktree comes back with its commits and staged changes", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    useRemote(box.remote("r.git"))
    const first = yield* ensure(issue("1"))
    write(first.path, "done.txt", "committed")
    const head = box.commitAll(first.path, "unpushed")
    write(first.path, "staged.txt", "staged")
    box.run(first.path, "add", "staged.txt")
    box.run(clone, "update-ref", "-d", "refs/heads/fix/issue-1")
    expect(yield* ensure(issue("1"), first)).toEqual({ ...first, head })
    expect(box.run(first.path, "status", "--porcelain")).toBe("A  staged.txt")
  }),
)

effectTest("a worktree whose clone was deleted hangs off the new one, and no file in it changes", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git", { "a.txt": "one\n", "b.txt": "b\n" }))
    const first = yield* ensure(issue("1"))
    write(first.path, "pushed.txt", "pushed")
    const pushed = box.commitAll(first.path, "pushed")
    box.run(first.path, "push", "-q", "origin", "HEAD:refs/heads/fix/issue-1")
    write(first.path, "unpushed.txt", "committed only here")
    box.commitAll(first.path, "unpushed")
    write(first.path, "a.txt", "changed\n")
    fs.rmSync(path.join(first.path, "b.txt"))
    fs.rmSync(clone, { recursive: true })
    // somebody else goes on meanwhile: none of that may come to look undone
    box.commit(remote, "fix/issue-1", { "theirs.txt": "x" })
    box.commit(remote, "main", { "theirs too.txt": "x" })
    for (const seen of [["0".repeat(40), pushed], []]) {
      const again = yield* ensure(issue("1"), { ...first, seen })
      expect(again).toMatchObject({ path: first.path, branch: "fix/issue-1", head: pushed, clone })
    }
    expect(box.run(first.path, "status", "--porcelain=v1", "--branch").split("\n")).toEqual([
      "## fix/issue-1",
      " M a.txt",
      " D b.txt",
      "?? unpushed.txt",
    ])
    expect(fs.readdirSync(path.dirname(first.path))).toEqual([path.basename(first.path)])
    expect(fs.readdirSync(path.join(clone, "worktrees"))).toHaveLength(1)
  }),
)

effectTest("a worktree whose clone was deleted is left alone when nothing tells which commit its files belong to", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    useRemote(box.remote("r.git", { "a.txt": "one\n" }))
    const first = yield* ensure(issue("1"))
    fs.rmSync(clone, { recursive: true })
    for (const seen of [[], ["0".repeat(40)]]) {
      const failure = yield* Effect.flip(ensure(issue("1"), { ...first, seen }))
      expect(failure).toMatchObject({ _tag: "TreeOfUnknownCommit", worktree: first.path, code: 73 })
      expect(fs.readdirSync(first.path).sort()).toEqual([".git", "a.txt"])
    }
  }),
)

effectTest("a worktree that its clone does not know any more comes back on the branch as it was", () =>
  Effect.gen(function* () {
    const { box, useRemote, ensure, clone } = yield* setUp
    const remote = useRemote(box.remote("r.git", { "a.txt": "one\n" }))
    const first = yield* ensure(issue("1"))
    write(first.path, "mine.txt", "mine")
    const head = box.commitAll(first.path, "unpushed")
    write(first.path, "a.txt", "changed\n")
    box.commit(remote, "main", { "theirs.txt": "x" })
    fs.rmSync(path.join(clone, "worktrees"), { recursive: true })
    const again = yield* ensure(issue("1"), first)
    expect([again.head, again.branch]).toEqual([head, "fix/issue-1"])
    expect(again.warnings.join()).toContain("did not know")
    expect(box.run(first.path, "status", "--porcelain")).toBe(" M a.txt")
  }),
)
