import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import type { Failure } from "@kugetsu/core/domain/Failure"
import type { Finding } from "@kugetsu/core/domain/Finding"
import type { Check } from "@kugetsu/core/doctor/Treatment"
import { ForgeTokens } from "@kugetsu/core/ForgeTokens"
import { IssueBusy, Launcher } from "@kugetsu/core/Launcher"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Trash } from "@kugetsu/core/Trash"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ProcessesLive } from "./effectTest.ts"
import { GitBox } from "./git.ts"
import { gitLayers } from "./gitLayers.ts"
import { temporaryDirectory } from "./temporary.ts"
import { filesOf, issueOf } from "./trashStage.ts"

export const look = { fix: false, fixPermissions: false }
export const fix = { fix: true, fixPermissions: false }

/** A home with the repository `example.org/ann/repo`, for checks without a command line. */
export const doctorStage = Effect.gen(function* () {
  const box = new GitBox(yield* temporaryDirectory)
  const root = path.join(box.dir, "hömé of it")
  fs.mkdirSync(root, { mode: 0o700 })
  const remote = box.remote("r.git", { "a.txt": "one\n" })
  const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
  const write = (file: string, content: unknown) => {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true, mode: 0o700 })
    fs.writeFileSync(at(file), typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 })
  }
  write("repos.json", { "example.org/ann/repo": remote })

  /** Issues that were held for a repair; `busy` is refused. */
  const held: Array<string> = []
  const launcher = { busy: false }
  const hold = (issue: { toString(): string } | null) =>
    Effect.suspend(() => {
      if (launcher.busy) return Effect.fail<Failure>(new IssueBusy({ issue: String(issue), run: "r_1" }))
      held.push(String(issue))
      return Effect.succeed([])
    })
  const env = { ...box.env, TMPDIR: box.dir }
  const layers = Layer.mergeAll(Trash.layer, FileQueue.layer, Runs.layer, AgentEnvironment.layer, ProcessesLive).pipe(
    Layer.provideMerge(Layer.mergeAll(Layer.mock(Launcher, { hold }), Layer.mock(ForgeTokens, {}))),
    Layer.provideMerge(gitLayers({ root, env })),
  )
  const use = <A, E>(effect: Effect.Effect<A, E, Layer.Success<typeof layers>>) => Effect.provide(effect, layers)

  /** What a check finds; without a flag it must leave the whole home as it is. */
  const examine = (check: Check<Layer.Success<typeof layers>>, treatment = look) =>
    Effect.gen(function* () {
      const before = filesOf(root)
      const findings = yield* use(check(treatment))
      if (treatment === look && Bun.inspect(filesOf(root)) !== Bun.inspect(before)) throw new Error("it wrote")
      return findings
    })

  /** An issue with its worktree and its record. */
  const issue = (identifier: string) =>
    use(
      Effect.gen(function* () {
        const ref = issueOf(identifier)
        const worktree = yield* (yield* Worktrees).ensure(ref, { path: null, branch: null })
        yield* (yield* Sessions).update(ref, (session) => ({
          ...session,
          worktree_path: worktree.path,
          branch_name: worktree.branch,
        }))
        return { ref, name: `example.org-ann-repo-${identifier}`, ...worktree }
      }),
    )

  return { box, root, remote, at, write, held, launcher, use, examine, issue }
})

/** State and what was found, and nothing of paths. */
export const told = (findings: ReadonlyArray<Finding>) => findings.map(({ found, state }) => [state, found])
