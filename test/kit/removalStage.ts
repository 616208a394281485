import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { judgeRemoval } from "@kugetsu/core/domain/judgeRemoval"
import type { RemovalFacts } from "@kugetsu/core/domain/Removal"
import { gatherFacts } from "@kugetsu/core/removal/gatherFacts"
import type { RemovalSubject } from "@kugetsu/core/removal/RemovalSite"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "./git.ts"
import { FakeForge, gitLayers } from "./gitLayers.ts"
import { temporaryDirectory } from "./temporary.ts"

export const issueAt = (identifier: string) =>
  new IssueRef({ instance: "example.org", owner: "ann", repository: "repo", identifier })

/** A home with the repository `example.org/ann/repo`, which git finds on this machine, and a forge. */
export const removalStage = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const forge = new FakeForge()
  const root = path.join(box.dir, "-hömé of it")
  const env: Record<string, string> = { ...box.env, TMPDIR: box.dir }
  const remote = box.remote("r.git", { "a.txt": "one\ntwo\nthree\n", "b.txt": "b\n" })
  const url = "https://example.org/ann/repo.git"
  // as of a pull request that nobody pushed to after it was opened
  forge.headOf = (branch) =>
    fs.existsSync(remote)
      ? box.run(remote, "for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`).trim() || null
      : null
  box.run(box.dir, "config", "--global", `url.${remote}.insteadOf`, url)
  fs.mkdirSync(root)
  const layers = gitLayers({ root, env, forge })
  const ensure = (identifier: string) =>
    Effect.provide(
      Effect.flatMap(Worktrees, (worktrees) => worktrees.ensure(issueAt(identifier), { path: null, branch: null })),
      layers,
    )
  const subjectOf = (identifier: string, change: Partial<RemovalSubject> = {}): RemovalSubject => ({
    ref: issueAt(identifier),
    worktree: path.join(root, `worktrees/example.org-ann-repo-${identifier}`),
    handedOut: true,
    branch: `fix/issue-${identifier}`,
    pullRequest: null,
    runs: [],
    ...change,
  })
  const facts = (identifier = "1", change: Partial<RemovalSubject> = {}) =>
    Effect.provide(gatherFacts(subjectOf(identifier, change)), layers)
  return {
    box,
    forge,
    root,
    env,
    remote,
    url,
    layers,
    ensure,
    facts,
    /** From now on the remote is a path, which has no forge; its submodules may have one, too. */
    usePath: () => fs.writeFileSync(path.join(root, "repos.json"), JSON.stringify({ "example.org/ann/repo": remote })),
    useAddress: () => fs.rmSync(path.join(root, "repos.json")),
    clone: path.join(root, "repos/example.org/ann/repo.git"),
    /** `yes`, or the words of the reasons. */
    verdict: (identifier = "1", change: Partial<RemovalSubject> = {}) =>
      Effect.map(facts(identifier, change), (gathered) => verdictOn(gathered)),
    /** A commit in a worktree; gives its id. */
    commit: (worktree: string, file: string, content: string) => {
      fs.writeFileSync(path.join(worktree, file), content)
      return box.commitAll(worktree, `change ${file}`)
    },
    push: (worktree: string, branch = "fix/issue-1") =>
      box.run(worktree, "push", "-q", remote, `HEAD:refs/heads/${branch}`),
  }
})

export const verdictOn = (facts: RemovalFacts): string | ReadonlyArray<string> => {
  const verdict = judgeRemoval(facts, { force: false })
  return verdict._tag === "Removable" ? "yes" : verdict.reasons.map(({ reason }) => reason)
}
