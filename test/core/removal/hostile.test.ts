import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { removalStage } from "../../kit/removalStage.ts"

/** Everything in a configuration that would make git run this program. */
const poison = (git: (...args: ReadonlyArray<string>) => string, program: string, file: string): void => {
  for (const [key, value] of [
    ["core.fsmonitor", program],
    ["core.hooksPath", path.dirname(program)],
    ["core.sshCommand", program],
    ["core.gitProxy", program],
    ["core.askPass", program],
    ["core.pager", program],
    ["core.editor", program],
    ["core.alternateRefsCommand", program],
    ["credential.helper", `!${program}`],
    ["filter.evil.clean", program],
    ["filter.evil.smudge", program],
    ["filter.evil.process", program],
    ["filter.evil.required", "true"],
    ["diff.external", program],
    ["diff.evil.command", program],
    ["diff.evil.textconv", program],
    ["merge.evil.driver", program],
    ["uploadpack.packObjectsHook", program],
    ["remote.origin.uploadpack", program],
    ["remote.origin.vcs", "ext"],
    ["protocol.ext.allow", "always"],
    ["gpg.program", program],
    ["alias.status", `!${program}`],
    ["gc.auto", "1"],
    ["submodule.evil.update", `!${program}`],
    ["log.showSignature", "true"],
  ] as const) {
    git("config", "--file", file, key, value)
  }
}

effectTest("nothing that a repository, a worktree, a submodule or a clone of its own configures is run", () =>
  Effect.gen(function* () {
    const { box, clone, commit, ensure, facts, push, remote, root, usePath } = yield* removalStage
    usePath()
    const scripts = path.join(box.dir, "evil")
    const traces = path.join(box.dir, "traces")
    fs.mkdirSync(scripts)
    const program = path.join(scripts, "run.sh")
    const script = `#!/bin/sh\necho "$0 $*" >> '${traces}'\ncat\n`
    for (const name of ["run.sh", "post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"]) {
      fs.writeFileSync(path.join(scripts, name), script, { mode: 0o755 })
    }
    const git = (...args: ReadonlyArray<string>) => box.run(box.dir, ...args)
    // a submodule, which is one more repository
    const lib = box.remote("lib.git")
    const tree = path.join(box.dir, "with lib")
    git("clone", "-q", remote, tree)
    box.run(tree, "submodule", "--quiet", "add", lib, "lib")
    box.commitAll(tree, "lib")
    box.run(tree, "push", "-q", "origin", "HEAD:main")

    const { path: worktree } = yield* ensure("1")
    fs.writeFileSync(path.join(worktree, ".gitattributes"), "* filter=evil diff=evil merge=evil\n")
    commit(worktree, "a.txt", "mine\n")
    push(worktree)
    const other = path.join(root, "worktrees/example.org-ann-repo-2")
    git("clone", "-q", remote, other)
    box.run(other, "checkout", "-q", "-b", "fix/issue-2")
    commit(other, "a.txt", "others'\n")

    const admin = box.run(worktree, "rev-parse", "--absolute-git-dir")
    for (const file of [
      path.join(clone, "config"),
      path.join(admin, "config.worktree"),
      path.join(admin, "modules/lib/config"),
      path.join(other, ".git/config"),
    ]) {
      poison(git, program, file)
      git("config", "--file", file, "include.path", path.join(scripts, "more"))
    }
    for (const dir of [
      path.join(clone, "hooks"),
      path.join(other, ".git/hooks"),
      path.join(admin, "modules/lib/hooks"),
    ]) {
      fs.cpSync(scripts, dir, { recursive: true })
    }
    for (const dir of [path.join(other, ".git/info"), path.join(admin, "modules/lib/info"), path.join(clone, "info")]) {
      fs.mkdirSync(dir, { recursive: true })
      fs.writeFileSync(path.join(dir, "attributes"), "* filter=evil diff=evil merge=evil\n")
    }
    // times that force git to read the files again
    for (const file of [
      path.join(worktree, "a.txt"),
      path.join(worktree, "lib/README.md"),
      path.join(other, "a.txt"),
    ]) {
      fs.utimesSync(file, new Date(), new Date())
    }
    const gathered = [yield* facts("1"), yield* facts("2")]
    expect(fs.existsSync(traces) ? fs.readFileSync(traces, "utf8") : "").toBe("")
    // and it was all looked at
    expect(gathered[0]).toMatchObject({
      submodules: { value: [] },
      changes: { value: [] },
      commits: { value: { where: "remote" } },
    })
    expect(gathered[1]).toMatchObject({ commits: { value: { where: "here" } } })
  }),
)

effectTest("an address of a submodule's that would run a program is not followed", () =>
  Effect.gen(function* () {
    const { box, ensure, facts, remote, useAddress, usePath } = yield* removalStage
    const trace = path.join(box.dir, "ran")
    const lib = box.remote("lib.git")
    const tree = path.join(box.dir, "with lib")
    box.run(box.dir, "clone", "-q", remote, tree)
    box.run(tree, "submodule", "--quiet", "add", lib, "lib")
    box.commitAll(tree, "lib")
    box.run(tree, "push", "-q", "origin", "HEAD:main")
    usePath()
    const { path: worktree } = yield* ensure("1")
    useAddress()
    // over https a submodule must not lead to a path of this machine
    for (const evil of [`ext::sh -c "touch ${trace}"`, `--upload-pack=touch ${trace}`, lib]) {
      box.run(path.join(worktree, "lib"), "config", "remote.origin.url", evil)
      const { submodules } = yield* facts("1")
      expect(submodules._tag).toBe("Unknown")
    }
    expect(fs.existsSync(trace)).toBe(false)
  }),
)

effectTest("a worktree that is made to look at another directory is looked at all the same", () =>
  Effect.gen(function* () {
    const { box, ensure, verdict } = yield* removalStage
    const { path: worktree } = yield* ensure("1")
    const clean = path.join(box.dir, "clean")
    fs.cpSync(worktree, clean, { recursive: true })
    fs.writeFileSync(path.join(worktree, "new.txt"), "x")
    fs.chmodSync(path.join(worktree, "a.txt"), 0o755)
    box.run(worktree, "config", "--worktree", "core.worktree", clean)
    box.run(worktree, "config", "--worktree", "core.ignoreStat", "true")
    expect(yield* verdict()).toEqual(["uncommitted_changes"])
  }),
)
