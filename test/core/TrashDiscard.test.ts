import { expect } from "bun:test"
import { lockNameOf } from "@kugetsu/core/domain/IssueRef"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { Trash } from "@kugetsu/core/Trash"
import { DateTime, Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectoryIn } from "../kit/temporary.ts"
import { filesOf, issueOf, trashStage } from "../kit/trashStage.ts"

effectTest(
  "the receipt says what went, why, and how it comes back, and only the owner can read what is in the trash",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      const receipt = yield* stage.discard(place, {
        because: "prune",
        forced: false,
        evidence: ["one", "two"],
        saved: true,
      })
      const dir = path.join(stage.root, "trash", receipt.id)
      expect(JSON.parse(fs.readFileSync(path.join(dir, "receipt.json"), "utf8"))).toEqual(receipt)
      expect(receipt).toMatchObject({
        version: 1,
        state: "done",
        issue_ref: "example.org/ann/repo#14",
        because: "prune",
        forced: false,
        evidence: ["one", "two"],
        saved: true,
        clone: stage.clone,
        branch: { name: place.branch, removed: true },
        bundle: null,
        restore: `kugetsu restore ${receipt.id}`,
      })
      expect(receipt.moves.map(({ from, what }) => [what, from])).toEqual([
        ["admin", place.admin],
        ["worktree", place.path],
        ["agent", path.join(stage.root, "agents", place.name)],
        ["context", path.join(stage.root, "context", `${place.name}.json`)],
        ["session", path.join(stage.root, "sessions", `${place.name}.json`)],
      ])
      for (const { to } of receipt.moves) expect(path.dirname(to)).toBe(dir)
      expect(fs.statSync(dir).mode & 0o777).toBe(0o700)
      for (const name of ["receipt.json", "branch.log"])
        expect(fs.statSync(path.join(dir, name)).mode & 0o777).toBe(0o600)
    }),
)

effectTest("a worktree that was deleted by hand is rescued from what git kept of it, branch and staged contents", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, "a.txt"), "committed\n")
    stage.box.commitAll(place.path, "work")
    fs.writeFileSync(path.join(place.path, "a.txt"), "staged\n")
    stage.box.run(place.path, "add", "a.txt")
    fs.rmSync(place.path, { recursive: true })
    const before = stage.portraitOf(place)
    yield* stage.discard(place)
    stage.weather()
    yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
    const staged = stage.box.run(place.admin, "--git-dir=.", "show", ":a.txt")
    expect(staged).toBe("staged")
  }),
)

effectTest("of a worktree that git has forgotten, the files and the branch come back", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, "a.txt"), "committed\n")
    const head = stage.box.commitAll(place.path, "work")
    fs.rmSync(place.admin, { recursive: true })
    const before = [
      filesOf(place.path),
      fs.readFileSync(path.join(stage.clone, "logs/refs/heads", place.branch), "utf8"),
    ]
    const { moves } = yield* stage.discard(place)
    expect(moves.map(({ what }) => what)).not.toContain("admin")
    expect(stage.box.run(stage.clone, "branch", "--list", place.branch)).toBe("")
    stage.weather()
    yield* stage.restore(place.ref)
    expect(stage.box.run(stage.clone, "rev-parse", place.branch)).toBe(head)
    expect([
      filesOf(place.path),
      fs.readFileSync(path.join(stage.clone, "logs/refs/heads", place.branch), "utf8"),
    ]).toEqual(before)
  }),
)

effectTest("without any worktree the records alone go and come back", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    stage.box.run(stage.clone, "worktree", "remove", "--force", place.path)
    stage.box.run(stage.clone, "branch", "-D", place.branch)
    const before = stage.portraitOf(place)
    const receipt = yield* stage.discard(place, { worktree: null, branch: null })
    expect([receipt.branch, receipt.refs]).toEqual([null, []])
    expect(receipt.moves.map(({ what }) => what)).toEqual(["agent", "context", "session"])
    yield* stage.restore(place.ref)
    expect(stage.portraitOf(place)).toEqual(before)
  }),
)

effectTest("an orphan without a record goes by its name, with what git has of it", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    fs.rmSync(path.join(stage.root, "sessions", `${place.name}.json`))
    fs.writeFileSync(path.join(place.path, "a.txt"), "work\n")
    stage.box.commitAll(place.path, "work")
    const before = stage.portraitOf(place)
    const receipt = yield* stage.discard(place, { ref: null })
    expect(receipt).toMatchObject({ issue_ref: null, clone: stage.clone, restore: `kugetsu restore ${receipt.id}` })
    stage.weather()
    yield* stage.restore(receipt.id)
    expect({ ...stage.portraitOf(place), index: "" }).toEqual({ ...before, index: "" })
  }),
)

effectTest("a worktree that is a clone of its own goes as it is, stashes and all", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const own = path.join(stage.box.dir, "own clone")
    stage.box.run(stage.box.dir, "clone", "--quiet", stage.remote, own)
    fs.writeFileSync(path.join(own, "a.txt"), "stashed\n")
    stage.box.run(own, "stash", "push", "--quiet")
    fs.writeFileSync(path.join(own, "new.txt"), "new\n")
    const before = filesOf(own)
    const place = { ref: issueOf("7"), name: "example.org-ann-repo-7", path: own, branch: "main" }
    const receipt = yield* stage.discard(place)
    expect([receipt.clone, receipt.refs, fs.existsSync(own)]).toEqual([null, [], false])
    yield* stage.restore(place.ref)
    expect(filesOf(own)).toEqual(before)
  }),
)

effectTest("a worktree of a person's own clone goes and comes back, and the person's branches stay", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const { box } = stage
    const clone = path.join(box.dir, "person")
    const tree = path.join(box.dir, "tree")
    box.run(box.dir, "clone", "--quiet", stage.remote, clone)
    box.run(clone, "worktree", "add", "--quiet", "-b", "fix/issue-7", tree)
    fs.writeFileSync(path.join(tree, "a.txt"), "work\n")
    const head = box.commitAll(tree, "work")
    fs.writeFileSync(path.join(tree, "a.txt"), "staged\n")
    box.run(tree, "add", "a.txt")
    const portrait = () => [
      filesOf(tree),
      filesOf(path.join(clone, ".git/worktrees/tree")),
      box.run(tree, "--no-optional-locks", "status", "--porcelain=v2", "--branch"),
    ]
    const before = portrait()
    const place = { ref: issueOf("7"), name: "example.org-ann-repo-7", path: tree, branch: "fix/issue-7" }
    const { branch } = yield* stage.discard(place)
    expect(branch).toEqual({ name: "fix/issue-7", sha: head, removed: false })
    expect(box.run(clone, "rev-parse", "fix/issue-7")).toBe(head)
    box.run(clone, "branch", "-D", "fix/issue-7")
    box.run(clone, "gc", "--quiet", "--prune=now")
    yield* stage.restore(place.ref)
    expect(portrait()).toEqual(before)
    expect(box.run(tree, "fsck", "--no-dangling", "--no-progress")).toBe("")
  }),
)

effectTest("what others need, or what is no worktree at all, is refused and stays", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const { box, root } = stage
    const clone = path.join(box.dir, "person")
    box.run(box.dir, "clone", "--quiet", stage.remote, clone)
    box.run(clone, "worktree", "add", "--quiet", path.join(box.dir, "tree"))
    const place = { ref: issueOf("7"), name: "example.org-ann-repo-7", path: clone, branch: "main" }
    for (const [change, words] of [
      [{}, /hang off it/],
      [{ worktree: root }, /is in it/],
      [{ worktree: path.join(root, "worktrees") }, /is in it/],
      [{ name: "../sessions" }, /no file name/],
      [{ name: "" }, /no file name/],
    ] as const) {
      const refused = yield* Effect.flip(stage.discard(place, change))
      expect([refused._tag, refused.code]).toEqual(["NotMovable", 73])
      expect(refused.message).toMatch(words)
    }
    expect(fs.existsSync(path.join(clone, "a.txt"))).toBe(true)
    expect(fs.existsSync(path.join(root, "trash")) ? fs.readdirSync(path.join(root, "trash")) : []).toEqual([])
  }),
)

effectTest("a branch that another worktree stands on stays where it is", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const [place, other] = [yield* stage.issue("14"), yield* stage.issue("15")]
    stage.box.run(place.path, "switch", "--quiet", "--detach")
    stage.box.run(other.path, "switch", "--quiet", place.branch)
    const { branch } = yield* stage.discard(place)
    expect(branch?.removed).toBe(false)
    expect(stage.box.run(other.path, "status", "--porcelain", "--branch")).toBe(`## ${place.branch}`)
    yield* stage.restore(place.ref)
    expect(stage.box.run(place.path, "status", "--porcelain", "--branch")).toBe("## HEAD (no branch)")
  }),
)

effectTest(
  "a discard that fails at its last step leaves everything in its place, and no trace once it can be finished",
  () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      fs.writeFileSync(path.join(place.path, "a.txt"), "staged\n")
      stage.box.run(place.path, "add", "a.txt")
      const before = stage.portraitOf(place)
      const index = path.join(stage.root, "index.json")
      fs.rmSync(index)
      fs.mkdirSync(path.join(index, "in the way"), { recursive: true })
      expect((yield* Effect.flip(stage.discard(place)))._tag).toBe("HomeUnusable")
      expect(fs.existsSync(path.join(place.path, "a.txt"))).toBe(true)
      fs.rmSync(index, { recursive: true })
      expect((yield* stage.finish).map(({ state }) => state)).toEqual(["restored"])
      expect(stage.portraitOf(place)).toEqual(before)
      expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
      expect(stage.box.run(stage.clone, "for-each-ref", "refs/kugetsu/trash")).toBe("")
    }),
)

effectTest("a move that was cut off is left to whoever holds the issue's lock", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const place = yield* stage.issue("14")
    const receipt = yield* stage.discard(place)
    const file = path.join(stage.root, "trash", receipt.id, "receipt.json")
    fs.writeFileSync(file, JSON.stringify({ ...receipt, state: "moving" }))
    const held = Effect.gen(function* () {
      const home = yield* KugetsuHome
      const trash = yield* Trash
      yield* acquire(home.issueLock(lockNameOf(place.ref)), { waitMs: 0 })
      const finished = yield* trash.finish
      return [finished.done.length, (yield* trash.settle(place.ref)).length]
    })
    expect(yield* stage.use(Effect.scoped(held))).toEqual([0, 1])
    expect((yield* stage.list).map(({ state }) => state)).toEqual(["done"])
  }),
)

effectTest("issues of one repository are discarded and restored at the same time", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const places = yield* Effect.forEach(["1", "2", "3", "4", "5", "6"], stage.issue)
    for (const place of places) {
      fs.writeFileSync(path.join(place.path, "a.txt"), `${place.name}\n`)
      stage.box.commitAll(place.path, place.name)
    }
    const portraits = () => places.map((place) => ({ ...stage.portraitOf(place), index: "" }))
    const before = portraits()
    for (const half of [places.slice(0, 3), places]) {
      yield* Effect.forEach(half, (place) => stage.discard(place), { concurrency: "unbounded" })
      yield* Effect.forEach(half, (place) => stage.restore(place.ref), { concurrency: "unbounded" })
      expect(portraits()).toEqual(before)
    }
  }),
)

const memory = "/dev/shm"
const isElsewhere = fs.existsSync(memory) && fs.statSync(memory).dev !== fs.statSync("/tmp").dev

if (isElsewhere) {
  effectTest("a worktree on another file system is not copied: its trash is kept beside it", () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const elsewhere = yield* temporaryDirectoryIn(memory)
      fs.symlinkSync(elsewhere, path.join(stage.root, "worktrees"))
      const place = yield* stage.issue("14")
      fs.writeFileSync(path.join(place.path, "new.txt"), "new\n")
      const before = stage.portraitOf(place)
      const { id, moves } = yield* stage.discard(place)
      const kept = path.join(stage.root, "worktrees", ".kugetsu-trash", id, "worktree")
      expect(moves.find(({ what }) => what === "worktree")?.to).toBe(kept)
      expect(fs.readFileSync(path.join(elsewhere, ".kugetsu-trash", id, "worktree/new.txt"), "utf8")).toBe("new\n")
      yield* stage.restore(place.ref)
      expect(stage.portraitOf(place)).toEqual(before)
      const { id: second } = yield* stage.discard(place)
      yield* stage.use(Trash.use((trash) => trash.remove(second)))
      expect(filesOf(elsewhere).filter((file) => file.includes("worktree "))).toEqual([])
    }),
  )
}

effectTest("nothing that a repository's configuration or hooks name is run", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const { box, clone } = stage
    const place = yield* stage.issue("14")
    fs.writeFileSync(path.join(place.path, ".gitattributes"), "* filter=evil diff=evil\n")
    fs.writeFileSync(path.join(place.path, "a.txt"), "work\n")
    box.commitAll(place.path, "work")
    fs.writeFileSync(path.join(place.path, "a.txt"), "staged\n")
    box.run(place.path, "add", "a.txt")
    box.run(place.path, "stash", "push", "--quiet")
    box.run(place.path, "stash", "apply", "--quiet", "--index")

    const ran = path.join(box.dir, "ran")
    const evil = path.join(box.dir, "evil.sh")
    fs.writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> '${ran}'\ncat\n`, { mode: 0o755 })
    const hooks = path.join(clone, "hooks")
    fs.mkdirSync(hooks, { recursive: true })
    for (const hook of ["reference-transaction", "post-index-change", "post-checkout", "pre-auto-gc", "post-rewrite"]) {
      fs.copyFileSync(evil, path.join(hooks, hook))
    }
    for (const [key, value] of [
      ["core.fsmonitor", evil],
      ["core.hooksPath", hooks],
      ["core.sshCommand", evil],
      ["core.pager", evil],
      ["core.editor", evil],
      ["core.alternateRefsCommand", evil],
      ["filter.evil.clean", evil],
      ["filter.evil.smudge", evil],
      ["diff.evil.command", evil],
      ["diff.external", evil],
      ["gpg.program", evil],
      ["remote.evil.promisor", "true"],
      ["remote.evil.url", clone],
      ["remote.evil.uploadpack", evil],
      ["extensions.partialClone", "evil"],
    ] as const) {
      for (const file of ["config", `worktrees/${place.name}/config.worktree`]) {
        box.run(clone, "config", "--file", path.join(clone, file), key, value)
      }
    }
    fs.appendFileSync(path.join(place.admin, "ORIG_HEAD"), `${"1".repeat(40)}\n`)
    yield* stage.discard(place)
    yield* stage.restore(place.ref)
    const { id } = yield* stage.discard(place)
    yield* stage.use(Trash.use((trash) => trash.remove(id)))
    expect(fs.existsSync(ran) ? fs.readFileSync(ran, "utf8") : "").toBe("")
    box.run(clone, "update-ref", "refs/heads/x", "refs/remotes/origin/main")
    expect(fs.readFileSync(ran, "utf8")).toContain("reference-transaction")
  }),
)

effectTest("old trash is removed with its refs, and what is young, unsaved or in use stays", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const [saved, unsaved, busy] = [yield* stage.issue("1"), yield* stage.issue("2"), yield* stage.issue("3")]
    const old = yield* stage.discard(saved, { saved: true })
    const kept = yield* stage.discard(unsaved, { saved: false })
    const used = yield* stage.discard(busy, { saved: true })
    const empty = (before: DateTime.DateTime) =>
      Effect.map(stage.use(Trash.use((trash) => trash.empty(before))), ({ done }) => done.map(({ id }) => id))
    const now = yield* DateTime.now
    expect(yield* empty(DateTime.subtract(now, { days: 14 }))).toEqual([])

    const later = DateTime.add(now, { days: 15 })
    const held = Effect.gen(function* () {
      const home = yield* KugetsuHome
      yield* acquire(home.issueLock(lockNameOf(busy.ref)), { waitMs: 0 })
      return yield* empty(later)
    })
    expect(yield* stage.use(Effect.scoped(held))).toEqual([old.id])
    expect(fs.readdirSync(path.join(stage.root, "trash")).sort()).toEqual([kept.id, used.id].sort())
    expect(stage.box.run(stage.clone, "for-each-ref", `refs/kugetsu/trash/${old.id}`)).toBe("")
    expect(yield* empty(later)).toEqual([used.id])
    expect(stage.box.run(stage.clone, "for-each-ref", `refs/kugetsu/trash/${kept.id}`)).not.toBe("")

    expect((yield* stage.use(Trash.use((trash) => trash.remove(kept.id)))).id).toBe(kept.id)
    expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
    expect(stage.box.run(stage.clone, "for-each-ref", "refs/kugetsu/trash")).toBe("")
  }),
)

effectTest("a receipt that cannot be read is an error with its path, and no other is held up by it", () =>
  Effect.gen(function* () {
    const stage = yield* trashStage
    const [one, two] = [yield* stage.issue("1"), yield* stage.issue("2")]
    const broken = yield* stage.discard(one)
    yield* stage.discard(two)
    const file = path.join(stage.root, "trash", broken.id, "receipt.json")
    const text = fs.readFileSync(file, "utf8")
    for (const content of ["{", '{"version": 2}', null]) {
      if (content === null) fs.rmSync(file)
      else fs.writeFileSync(file, content)
      const error = yield* Effect.flip(stage.list)
      expect([error._tag, error.message]).toEqual(["RecordUnreadable", expect.stringContaining(file)])
      expect((yield* Effect.flip(stage.restore(one.ref)))._tag).toBe("RecordUnreadable")
      expect(yield* stage.finish).toEqual([])
      yield* stage.restore(two.ref)
      yield* stage.discard(two)
    }
    fs.writeFileSync(file, text)
    yield* stage.restore(one.ref)
    expect(fs.existsSync(one.path)).toBe(true)
  }),
)
