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

type Known = Parameters<(typeof Worktrees.Service)["ensure"]>[1]

const issue = (identifier: string) =>
  new IssueRef({ instance: "example.org", owner: "ann", repository: "tool", identifier })

/** A home in which `example.org/ann/tool` is a remote of its own, and another remote, `site`. */
const setUp = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "home")
  fs.mkdirSync(root)
  const [tool, site] = [box.remote("tool.git"), box.remote("site.git")]
  const env: Record<string, string> = { ...box.env }
  const useRemote = (url: string) =>
    fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/tool": url }))
  useRemote(tool)
  const ensure = (ref: IssueRef, known: Known = { path: null, branch: null }) =>
    Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(ref, known)).pipe(
      Effect.provide(gitLayers({ root, env })),
    )
  /** A clone of its own, as the first kugetsu made one for each issue. */
  const ownClone = (remote: string, branch: string | null) => {
    const tree = fs.mkdtempSync(path.join(box.dir, "old-"))
    box.run(tree, "clone", "--quiet", remote, ".")
    if (branch !== null) box.run(tree, "checkout", "--quiet", "-b", branch)
    return tree
  }
  return { box, env, tool, site, useRemote, ensure, ownClone }
})

const expectRefused = (
  error: { readonly _tag: string; readonly code: number; readonly message: string },
  ...named: ReadonlyArray<string>
) => {
  expect([error._tag, error.code]).toEqual(["OtherRepository", 73])
  for (const words of named) expect(error.message).toContain(words)
}

effectTest("a worktree that a session was given is refused when it is a clone of another repository", () =>
  Effect.gen(function* () {
    const { box, tool, site, ensure, ownClone } = yield* setUp
    const tree = ownClone(site, "fix/issue-7")
    const before = box.run(tree, "for-each-ref")
    const error = yield* Effect.flip(ensure(issue("7"), { path: tree, branch: "fix/issue-7" }))
    expectRefused(error, site, tool, "example.org/ann/tool#7", tree)
    expect(box.run(tree, "for-each-ref")).toBe(before)
  }),
)

effectTest("a worktree of another repository's clone in the issue's own place is refused", () =>
  Effect.gen(function* () {
    const { box, site, ensure, ownClone } = yield* setUp
    const first = yield* ensure(issue("7"))
    fs.rmSync(first.path, { recursive: true })
    box.run(ownClone(site, null), "worktree", "add", "--quiet", "-b", "fix/issue-7", first.path)
    expectRefused(yield* Effect.flip(ensure(issue("7"), first)), site)
  }),
)

effectTest("a clone that pushes elsewhere, by its pushurl or by rewriting its address, is refused", () =>
  Effect.gen(function* () {
    const { box, tool, site, ensure, ownClone } = yield* setUp
    const pushing = ownClone(tool, "fix/issue-1")
    box.run(pushing, "config", "remote.origin.pushurl", site)
    expectRefused(yield* Effect.flip(ensure(issue("1"), { path: pushing, branch: null })), site, tool)

    const rewriting = ownClone(tool, "fix/issue-2")
    box.run(rewriting, "config", `url.${site}.pushInsteadOf`, tool)
    expectRefused(yield* Effect.flip(ensure(issue("2"), { path: rewriting, branch: null })), site, tool)

    const lonely = ownClone(tool, "fix/issue-3")
    box.run(lonely, "remote", "remove", "origin")
    expectRefused(yield* Effect.flip(ensure(issue("3"), { path: lonely, branch: null })), "no remote", tool)
  }),
)

effectTest("a clone of the issue's own repository is kept, in whatever way it is reached", () =>
  Effect.gen(function* () {
    const { box, tool, useRemote, ensure, ownClone } = yield* setUp
    const byPath = ownClone(tool, "fix/issue-1")
    box.run(byPath, "config", "remote.origin.url", path.relative(byPath, tool))
    expect(yield* ensure(issue("1"), { path: byPath, branch: null })).toMatchObject({ path: byPath })

    useRemote(`file://${tool}`)
    expect(yield* ensure(issue("1"), { path: byPath, branch: null })).toMatchObject({ path: byPath })
  }),
)

effectTest("addresses that the person's own configuration makes the same are the same repository", () =>
  Effect.gen(function* () {
    const { box, tool, ensure, ownClone } = yield* setUp
    const tree = ownClone(tool, "fix/issue-1")
    box.run(box.dir, "config", "--global", `url.${path.dirname(tool)}/.insteadOf`, "mine:")
    box.run(tree, "config", "remote.origin.url", "mine:tool.git")
    expect(yield* ensure(issue("1"), { path: tree, branch: null })).toMatchObject({ path: tree })
  }),
)

effectTest("a worktree whose own configuration points elsewhere points home again", () =>
  Effect.gen(function* () {
    const { box, tool, site, ensure } = yield* setUp
    const first = yield* ensure(issue("1"))
    box.run(first.path, "config", "--worktree", "remote.origin.url", site)
    yield* ensure(issue("1"), first)
    expect(box.run(first.path, "remote", "get-url", "--push", "--all", "origin")).toBe(tool)
  }),
)

effectTest("no worktree that stands on the branch work starts from is kept, and its record is no reason to", () =>
  Effect.gen(function* () {
    const { box, env, tool, ensure, ownClone } = yield* setUp
    const old = ownClone(tool, null)
    for (const branch of [null, "main", "fix/issue-1"]) {
      const error = yield* Effect.flip(ensure(issue("1"), { path: old, branch }))
      expect([error._tag, error.code]).toEqual(["BaseBranchCheckedOut", 73])
      expect(error.message).toMatch(/ main, .* fix\/issue-1$/)
    }

    // the default branch stays everybody's, whatever work starts from
    box.commit(tool, "next", { "n.txt": "n" }, "next", "main")
    env.KUGETSU_BASE_BRANCH = "next"
    expect((yield* Effect.flip(ensure(issue("1"), { path: old, branch: null })))._tag).toBe("BaseBranchCheckedOut")

    const ours = yield* ensure(issue("2"))
    box.run(ours.path, "checkout", "--quiet", "-b", "next", "origin/next")
    expect((yield* Effect.flip(ensure(issue("2"), ours)))._tag).toBe("BaseBranchCheckedOut")
  }),
)

effectTest("a worktree that is made anew never stands on the branch work starts from", () =>
  Effect.gen(function* () {
    const { box, env, tool, ensure } = yield* setUp
    const gone = path.join(box.dir, "gone")
    expect((yield* ensure(issue("1"), { path: gone, branch: "main" })).branch).toBe("fix/issue-1")
    box.commit(tool, "fix/issue-2", { "n.txt": "n" }, "next", "main")
    env.KUGETSU_BASE_BRANCH = "fix/issue-2"
    expect((yield* ensure(issue("2"))).branch).toBe("fix/issue-2-2")
  }),
)
