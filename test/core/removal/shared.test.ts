import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

const write = (file: string, content: string): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
}

effectTest("what is written into the clone hides no work of a worktree, and is kept aside", () =>
  Effect.gen(function* () {
    const { clone, ensure, facts, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    write(path.join(worktree, "dir/new.txt"), "work")
    fs.writeFileSync(path.join(worktree, "a.txt"), "one\r\ntwo\r\nthree\r\n")
    write(path.join(clone, "info/exclude"), "*\n")
    write(path.join(clone, "info/attributes"), "* text\n")
    expect((yield* facts()).changes).toMatchObject({ value: ["a.txt", "dir/new.txt"] })
    const aside = fs.readdirSync(path.join(clone, "kugetsu-aside/info")).sort()
    expect(aside.map((name) => name.replace(/\.[0-9a-f]{12}$/, ""))).toEqual(["attributes", "exclude"])
    expect(fs.readFileSync(path.join(clone, "kugetsu-aside/info", aside[1]!), "utf8")).toBe("*\n")
    fs.writeFileSync(path.join(worktree, "a.txt"), "one\ntwo\nthree\n")
    expect(yield* verdict()).toEqual(["uncommitted_changes"])
  }),
)

effectTest("what is hidden between the look at the clone and the look at the tree is seen all the same", () =>
  Effect.gen(function* () {
    const { clone, ensure, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    write(path.join(worktree, "new.txt"), "work")
    // it cannot be put aside, as if it came right after
    write(path.join(clone, "kugetsu-aside"), "")
    write(path.join(clone, "info/exclude"), "*\n")
    expect(yield* verdict()).toContain("uncommitted_changes")
  }),
)

effectTest("a link in place of the clone's info is put aside, and what it leads to stays where it is", () =>
  Effect.gen(function* () {
    const { box, clone, ensure, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    const elsewhere = path.join(box.dir, "elsewhere")
    write(path.join(elsewhere, "exclude"), "new.txt\n")
    fs.rmSync(path.join(clone, "info"), { recursive: true, force: true })
    fs.symlinkSync(elsewhere, path.join(clone, "info"))
    write(path.join(worktree, "new.txt"), "work")
    expect(yield* verdict()).toEqual(["uncommitted_changes"])
    expect(fs.readFileSync(path.join(elsewhere, "exclude"), "utf8")).toBe("new.txt\n")
    expect(fs.existsSync(path.join(clone, "info"))).toBe(false)
  }),
)

effectTest(
  "the person's own excludes count, wherever git finds them, and in a clone of their own its info/exclude",
  () =>
    Effect.gen(function* () {
      const { box, ensure, env, remote, root, url, verdict } = yield* removalStage
      const { path: worktree } = yield* ensure("1")
      write(path.join(worktree, "notes.swp"), "")
      expect(yield* verdict()).toEqual(["uncommitted_changes"])
      write(path.join(box.dir, ".config/git/ignore"), "*.swp\n")
      expect(yield* verdict()).toBe("yes")
      box.run(box.dir, "config", "--global", "core.excludesFile", "~/my excludes")
      expect(yield* verdict()).toEqual(["uncommitted_changes"])
      write(path.join(box.dir, "my excludes"), "*.swp\n")
      expect(yield* verdict()).toBe("yes")
      box.run(box.dir, "config", "--global", "--unset", "core.excludesFile")
      env.XDG_CONFIG_HOME = path.join(box.dir, "xdg")
      expect(yield* verdict()).toEqual(["uncommitted_changes"])
      write(path.join(box.dir, "xdg/git/ignore"), "*.swp\n")
      expect(yield* verdict()).toBe("yes")

      const own = path.join(root, "worktrees/example.org-ann-repo-2")
      box.run(box.dir, "clone", "-q", remote, own)
      box.run(own, "remote", "set-url", "origin", url)
      box.run(own, "checkout", "-q", "-b", "fix/issue-2")
      write(path.join(own, "mine.log"), "")
      expect(yield* verdict("2")).toEqual(["uncommitted_changes"])
      write(path.join(own, ".git/info/exclude"), "*.log\n")
      expect(yield* verdict("2")).toBe("yes")
    }),
)

effectTest("no setting hides a mode, a link or a name: what is true of the file system is what git goes by", () =>
  Effect.gen(function* () {
    const { box, clone, ensure, facts, verdict } = yield* removalStage
    const { path: first } = yield* ensure("1")
    const { path: second } = yield* ensure("2")
    expect(box.run(clone, "config", "core.fileMode")).toBe("true")
    for (const scope of ["--local", "--worktree"]) {
      for (const [key, value] of [
        ["core.fileMode", "false"],
        ["core.symlinks", "false"],
        ["core.ignoreCase", "true"],
      ] as const) {
        box.run(scope === "--local" ? first : second, "config", scope, key, value)
      }
      fs.chmodSync(path.join(second, "a.txt"), 0o755)
      expect((yield* facts("2")).changes).toMatchObject({ value: ["a.txt"] })
      expect(box.run(second, "config", "--default", "true", "core.fileMode")).toBe("true")
      fs.chmodSync(path.join(second, "a.txt"), 0o644)
      expect(yield* verdict("2")).toBe("yes")
    }
    yield* ensure("1")
    expect(box.run(first, "config", "--default", "unset", "core.ignoreCase")).toBe("unset")
  }),
)
