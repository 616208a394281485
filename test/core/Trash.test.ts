import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { type TrashStage, trashStage } from "../kit/trashStage.ts"

type Place = Effect.Success<ReturnType<TrashStage["issue"]>>

/** git that may end with a conflict. */
const tryGit = ({ box }: TrashStage, cwd: string, ...args: ReadonlyArray<string>) =>
  Bun.spawnSync(["git", "-c", "core.editor=true", ...args], { cwd, env: box.env })

const write = (place: Place, file: string, content: string | Uint8Array) => {
  fs.mkdirSync(path.dirname(path.join(place.path, file)), { recursive: true })
  fs.writeFileSync(path.join(place.path, file), content)
}

/** Two commits that cannot be merged: one on the branch, one on `other`, and the branch is checked out. */
const diverge = (stage: TrashStage, place: Place) => {
  const { box } = stage
  box.run(place.path, "switch", "--quiet", "-c", "other")
  write(place, "a.txt", "theirs\n")
  box.commitAll(place.path, "theirs")
  box.run(place.path, "switch", "--quiet", place.branch)
  write(place, "a.txt", "ours\n")
  box.commitAll(place.path, "ours")
}

const states: Readonly<Record<string, (stage: TrashStage, place: Place) => void>> = {
  clean: () => {},
  "with changes, new and ignored files": ({ box }, place) => {
    write(place, ".gitignore", "node_modules\n.env\n")
    box.commitAll(place.path, "ignore")
    write(place, "a.txt", "changed\n")
    write(place, "new/file.txt", "new\n")
    write(place, "node_modules/x/index.js", "1\n")
    write(place, ".env", "KEY=value\n")
    fs.rmSync(path.join(place.path, "d/b.txt"))
  },
  "with staged contents that differ from the files": ({ box }, place) => {
    write(place, "a.txt", "staged\n")
    write(place, "added.txt", "added and staged\n")
    box.run(place.path, "add", "--all")
    write(place, "a.txt", "staged, then changed\n")
    fs.rmSync(path.join(place.path, "added.txt"))
  },
  "with commits that are not pushed, one of them amended away": ({ box }, place) => {
    write(place, "a.txt", "first\n")
    box.commitAll(place.path, "work")
    write(place, "a.txt", "second\n")
    box.run(place.path, "commit", "--quiet", "--all", "--amend", "-m", "better work")
    box.run(place.path, "reset", "--quiet", "--hard", "HEAD~1")
    write(place, "c.txt", "third\n")
    box.commitAll(place.path, "other work")
  },
  "with a detached head on a commit of no branch": ({ box }, place) => {
    box.run(place.path, "switch", "--quiet", "--detach")
    write(place, "a.txt", "detached\n")
    box.commitAll(place.path, "nowhere")
  },
  "on another branch than the issue's": ({ box }, place) => {
    box.run(place.path, "switch", "--quiet", "-c", "experiment")
    write(place, "a.txt", "experiment\n")
    box.commitAll(place.path, "experiment")
  },
  "in the middle of a merge with a conflict": (stage, place) => {
    diverge(stage, place)
    tryGit(stage, place.path, "merge", "other")
    expect(fs.existsSync(path.join(place.admin, "MERGE_HEAD"))).toBe(true)
    stage.box.run(place.path, "branch", "-D", "other")
  },
  "in the middle of a merge that was resolved and staged": (stage, place) => {
    diverge(stage, place)
    tryGit(stage, place.path, "merge", "other")
    write(place, "a.txt", "both\n")
    stage.box.run(place.path, "add", "a.txt")
  },
  "in the middle of a rebase with a conflict": (stage, place) => {
    diverge(stage, place)
    tryGit(stage, place.path, "rebase", "other")
    expect(fs.existsSync(path.join(place.admin, "rebase-merge"))).toBe(true)
  },
  "in the middle of an interactive rebase": ({ box }, place) => {
    write(place, "a.txt", "1\n")
    box.commitAll(place.path, "one")
    write(place, "a.txt", "2\n")
    box.commitAll(place.path, "two")
    const result = Bun.spawnSync(["git", "-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-i", "HEAD~2"], {
      cwd: place.path,
      env: box.env,
    })
    expect([result.exitCode, fs.existsSync(path.join(place.admin, "rebase-merge"))]).toEqual([0, true])
  },
  "in the middle of a cherry-pick": (stage, place) => {
    diverge(stage, place)
    tryGit(stage, place.path, "cherry-pick", "other")
    expect(fs.existsSync(path.join(place.admin, "CHERRY_PICK_HEAD"))).toBe(true)
  },
  "in the middle of a bisection": ({ box }, place) => {
    for (const n of [1, 2, 3, 4]) {
      write(place, "a.txt", `${n}\n`)
      box.commitAll(place.path, `${n}`)
    }
    box.run(place.path, "bisect", "start", "HEAD", "HEAD~4")
  },
  "with stashes": ({ box }, place) => {
    for (const n of [1, 2]) {
      write(place, "a.txt", `stash ${n}\n`)
      write(place, "untracked.txt", `${n}\n`)
      box.run(place.path, "stash", "push", "--quiet", "--include-untracked", "-m", `idea ${n}`)
    }
  },
  "with symbolic links, exec bits, read-only files and names of every kind": ({ box }, place) => {
    fs.symlinkSync("nowhere at all", path.join(place.path, "broken link"))
    fs.symlinkSync("d", path.join(place.path, "dir-link"))
    write(place, "run.sh", "#!/bin/sh\n")
    fs.chmodSync(path.join(place.path, "run.sh"), 0o755)
    write(place, "ünïcödé/文件 🎉.txt", "x\n")
    write(place, 'quote" and\nnewline', "x\n")
    box.commitAll(place.path, "names")
    write(place, "-dash", new Uint8Array([0, 255, 254, 10]))
    fs.chmodSync(path.join(place.path, "-dash"), 0o400)
    fs.chmodSync(path.join(place.path, "d/b.txt"), 0o744)
    fs.mkdirSync(path.join(place.path, "empty directory"))
    fs.utimesSync(path.join(place.path, "a.txt"), 1_000_000_000.123, 1_000_000_000.456)
  },
  "with files that were announced, and files that git was told not to look at": ({ box }, place) => {
    write(place, "later.txt", "later\n")
    box.run(place.path, "add", "--intent-to-add", "later.txt")
    write(place, "a.txt", "hidden\n")
    box.run(place.path, "update-index", "--assume-unchanged", "a.txt")
    write(place, "d/b.txt", "skipped\n")
    box.run(place.path, "update-index", "--skip-worktree", "d/b.txt")
  },
  "on a branch without a commit": ({ box }, place) => {
    box.run(place.path, "switch", "--quiet", "--orphan", "unborn")
    write(place, "first.txt", "first\n")
    box.run(place.path, "add", "first.txt")
    write(place, "first.txt", "changed\n")
  },
  "with a submodule that has work of its own": ({ box }, place) => {
    const library = box.remote("library.git")
    box.run(place.path, "submodule", "--quiet", "add", library, "lib")
    box.commitAll(place.path, "library")
    fs.writeFileSync(path.join(place.path, "lib/work.txt"), "work\n")
    box.run(path.join(place.path, "lib"), "add", "work.txt")
    box.run(path.join(place.path, "lib"), "commit", "--quiet", "-m", "unpushed in the submodule")
    fs.writeFileSync(path.join(place.path, "lib/dirty.txt"), "dirty\n")
    expect(fs.existsSync(path.join(place.admin, "modules/lib"))).toBe(true)
  },
}

for (const [state, make] of Object.entries(states)) {
  effectTest(`a worktree ${state} comes back byte for byte, whatever git did to the clone meanwhile`, () =>
    Effect.gen(function* () {
      const stage = yield* trashStage
      const place = yield* stage.issue("14")
      make(stage, place)
      const before = stage.portraitOf(place)

      const receipt = yield* stage.discard(place)
      expect(receipt.state).toBe("done")
      for (const gone of [
        place.path,
        place.admin,
        ...["sessions", "agents", "context"].map((dir) => path.join(stage.root, dir, place.name)),
      ]) {
        expect([gone, `${gone}.json`].filter((file) => fs.existsSync(file))).toEqual([])
      }
      expect(stage.box.run(stage.clone, "for-each-ref", `refs/heads/${place.branch}`)).toBe("")
      expect(fs.readFileSync(path.join(stage.root, "index.json"), "utf8")).not.toContain("#14")
      stage.weather()

      const restored = yield* stage.restore(place.ref)
      expect([restored.id, restored.missing]).toEqual([receipt.id, []])
      expect(stage.portraitOf(place)).toEqual(before)
      expect(stage.box.run(stage.clone, "for-each-ref", "refs/kugetsu/trash")).toBe("")
      expect(fs.readdirSync(path.join(stage.root, "trash"))).toEqual([])
      expect(stage.box.run(place.path, "fsck", "--no-dangling", "--no-progress")).toBe("")
    }),
  )
}
