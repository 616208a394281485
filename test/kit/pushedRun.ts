import { branchOf, type IssueRef, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { IssueText } from "@kugetsu/core/domain/IssueText"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
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
export const branch = branchOf(ref)
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
    /** What its forge tells of the issue; nothing by default. */
    readonly issue?: IssueText
  } = {},
) {
  const { open = "ready", queued = false, env = {}, issue, ...exit } = change
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
    Layer.provideMerge(
      Layer.mock(Issues, { read: () => (issue === undefined ? Effect.fail(untold) : Effect.succeed(issue)) }),
    ),
    Layer.provideMerge(gitLayers({ root, env: { ...git.env, ...env }, forge })),
  )
  const context = yield* Layer.build(layers)
  const inHome = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof layers>>) => Effect.provideContext(body, context)
  /** One more run that has pushed and come to its outcome. */
  const add = Effect.fnUntraced(function* (
    id: RunId,
    of: IssueRef,
    { queued, open, ...rest }: Partial<RunExit> & { readonly queued: boolean; readonly open: "ready" | "draft" },
  ) {
    const runs = yield* Runs
    const queue = yield* Queue
    const item = queued ? (yield* queue.enqueue({ issue: of, message: "go" })).item.id : null
    if (item !== null) yield* queue.claim(item, id)
    yield* (yield* Sessions).update(of, (session) => ({ ...session, run: id }))
    yield* runs.create(runRequest(id, { issue_ref: of.toString(), item }))
    yield* runs.recordSupervisor(id, deadSupervisor())
    yield* runs.recordExit(
      runExit(id, {
        outcome: "committed",
        issue_ref: of.toString(),
        branch_name: branchOf(of),
        work,
        pull_request_due: { open, branch: branchOf(of), base: "main" },
        ...rest,
      }),
    )
    return item
  })
  const item = yield* inHome(add(run, ref, { queued, open, ...exit }))
  const envFile = (name: string, text: string) => {
    fs.mkdirSync(path.join(root, "env"), { recursive: true })
    fs.writeFileSync(path.join(root, "env", `${name}.env`), text)
  }
  return {
    add: (...what: Parameters<typeof add>) => inHome(add(...what)),
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
      inHome(Effect.flatMap(Queue, (queue) => queue.settle({ id: item!, run }, disposition))),
  }
})
