import { expect } from "bun:test"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { GitBox } from "../../kit/git.ts"
import { gitLayers } from "../../kit/gitLayers.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const issue = (identifier: string, owner = "ann", repository = "tool") =>
  new IssueRef({ instance: "example.org", owner, repository, identifier })

/** A home, and a forge that takes `https://example.org/ann/tool.git` in any case. */
const setUp = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "home")
  fs.mkdirSync(root)
  fs.mkdirSync(path.join(box.dir, "ann"))
  const remote = box.remote("ann/tool.git")
  for (const spelling of ["Ann/Tool", "ANN/tool"]) {
    fs.mkdirSync(path.join(box.dir, path.dirname(spelling)))
    fs.symlinkSync(remote, path.join(box.dir, `${spelling}.git`))
  }
  box.run(box.dir, "config", "--global", `url.${box.dir}/.insteadOf`, "https://example.org/")
  const ensure = (ref: IssueRef) =>
    Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(ref, { path: null, branch: null })).pipe(
      Effect.provide(gitLayers({ root, env: box.env })),
    )
  return { box, root, ensure, clones: path.join(root, "repos/example.org") }
})

effectTest("two spellings of a repository have one clone, and no warning tells of it", () =>
  Effect.gen(function* () {
    const { clones, ensure } = yield* setUp
    const first = yield* ensure(issue("8", "Ann", "Tool"))
    const second = yield* ensure(issue("9"))
    expect(first.clone).toBe(path.join(clones, "ann/tool.git"))
    expect(second).toMatchObject({ clone: first.clone, warnings: [] })
    expect(fs.readdirSync(clones)).toEqual(["ann"])
  }),
)

effectTest("a clone that stands under another spelling is found, and its worktrees stay with it", () =>
  Effect.gen(function* () {
    const { box, clones, ensure } = yield* setUp
    const first = yield* ensure(issue("8"))
    fs.mkdirSync(path.join(clones, "Ann"))
    fs.renameSync(first.clone, path.join(clones, "Ann/Tool.git"))
    fs.rmdirSync(path.join(clones, "ann"))
    for (const ref of [issue("8"), issue("9", "ANN", "tool"), issue("10")]) {
      expect((yield* ensure(ref)).clone).toBe(path.join(clones, "Ann/Tool.git"))
    }
    expect(fs.readdirSync(clones)).toEqual(["Ann"])
    expect(box.run(first.path, "status", "--porcelain")).toBe("")
  }),
)

effectTest("where both spellings have a clone, each goes on with its own", () =>
  Effect.gen(function* () {
    const { clones, ensure } = yield* setUp
    const first = yield* ensure(issue("8"))
    fs.mkdirSync(path.join(clones, "Ann"))
    fs.cpSync(first.clone, path.join(clones, "Ann/Tool.git"), { recursive: true })
    expect((yield* ensure(issue("9", "Ann", "Tool"))).clone).toBe(path.join(clones, "Ann/Tool.git"))
    expect((yield* ensure(issue("10"))).clone).toBe(first.clone)
  }),
)
