import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunExit } from "@kugetsu/core/domain/Run"
import type { RunPullRequest } from "@kugetsu/core/domain/RunPullRequest"
import { Issues } from "@kugetsu/core/Issues"
import { Notifications } from "@kugetsu/core/Notifications"
import { ForgeUnknown } from "@kugetsu/core/PullRequests"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { seeToPullRequest } from "@kugetsu/daemon/seeToPullRequest"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { GitBox } from "./git.ts"
import { FakeForge, gitLayers } from "./gitLayers.ts"
import { deadSupervisor, runExit, runId, runRequest } from "./records.ts"
import { temporaryDirectory } from "./temporary.ts"

export const ref = Result.getOrThrow(parseIssueRef("example.org/ann/tool#14"))
export const run = runId("k3f9qa")
export const branch = "fix/issue-14"
export const work = {
  commits: [{ sha: "a".repeat(40), subject: "mend it" }],
  pushed: true,
  dirty: false,
  dirty_changed: false,
  pull_request: null,
  pull_request_unknown: null,
  pull_request_before: false,
  off_branch: null,
}

/** A home with one run that has pushed and come to its outcome, and a forge. */
export const pushedRun = Effect.fnUntraced(function* (
  change: Partial<RunExit> & {
    readonly open?: "ready" | "draft"
    readonly queued?: boolean
    readonly env?: Readonly<Record<string, string>>
  } = {},
) {
  const { open = "ready", queued = false, env = {}, ...exit } = change
  const forge = new FakeForge()
  const untold = new ForgeUnknown({
    host: "example.org",
    operation: "issue",
    reason: "not_found",
    detail: "none",
    until: null,
    remedy: "-",
  })
  const git = new GitBox(yield* temporaryDirectory)
  const root = path.join(git.dir, "home")
  const layers = Layer.mergeAll(FileQueue.layer, Notifications.layer, Runs.layer).pipe(
    Layer.provideMerge(Layer.mock(Issues, { read: () => Effect.fail(untold) })),
    Layer.provideMerge(gitLayers({ root, env: { ...git.env, ...env }, forge })),
  )
  const context = yield* Layer.build(layers)
  const inHome = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof layers>>) => Effect.provideContext(body, context)
  const item = queued
    ? yield* inHome(Effect.flatMap(Queue, (queue) => queue.enqueue({ issue: ref, message: "go" })))
    : null
  yield* inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      if (item !== null) yield* (yield* Queue).claim(item.item.id, run)
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, run }))
      yield* runs.create(runRequest(run, { issue_ref: ref.toString(), item: item?.item.id ?? null }))
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordExit(
        runExit(run, {
          outcome: "committed",
          issue_ref: ref.toString(),
          branch_name: branch,
          work,
          pull_request_due: { open, branch, base: "main" },
          ...exit,
        }),
      )
    }),
  )
  const envFile = (name: string, text: string) => {
    fs.mkdirSync(path.join(root, "env"), { recursive: true })
    fs.writeFileSync(path.join(root, "env", `${name}.env`), text)
  }
  return {
    envFile,
    forge,
    git,
    root,
    inHome,
    look: inHome(seeToPullRequest(run, { holdsIssue: false })),
    record: Effect.map(inHome(Effect.flatMap(Runs, (runs) => runs.require(run))), ({ pullRequest }) => pullRequest!),
    keep: (record: RunPullRequest) => inHome(Effect.flatMap(Runs, (runs) => runs.recordPullRequest(run, record))),
    session: Effect.map(inHome(Effect.flatMap(Sessions, (sessions) => sessions.find(ref))), (found) =>
      Option.getOrUndefined(Option.map(found, ({ session }) => session)),
    ),
    news: Effect.map(inHome(Effect.flatMap(Notifications, ({ list }) => list)), (all) => all.map(({ type }) => type)),
    settle: (disposition: Parameters<Queue["Service"]["settle"]>[1]) =>
      inHome(Effect.flatMap(Queue, (queue) => queue.settle({ id: item!.item.id, run }, disposition))),
  }
})
