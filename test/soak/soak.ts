import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { until } from "../kit/queueStage.ts"
import type { fakeStage, realStage } from "../kit/stage.ts"
import { isFlat, type Trend, trendsOf } from "./flatness.ts"
import { issuesAt, longTask, repositories, shortTask, type SoakIssue } from "./issues.ts"
import { faultsOf } from "./mixedWork.ts"
import { noSamples, processesOf, sample, type Samples } from "./sampler.ts"

export interface SoakOptions {
  readonly lastsMs: number
  readonly agents: number
  readonly lookMs: number
  /** What is measured before this is no measure: code is being compiled, heaps find their size. */
  readonly warmUpMs: number
  /** One of the agents is on one turn from the beginning to the end. */
  readonly withLongTurn: boolean
}

export interface SoakResult {
  readonly tasks: number
  readonly seconds: number
  /** At how many of the looks so many agents worked: by number of agents. */
  readonly agents: ReadonlyMap<number, number>
  readonly trends: ReadonlyArray<Trend>
  /** Sentences; none when all is well. */
  readonly faults: ReadonlyArray<string>
}

type Stage = Effect.Success<typeof realStage> | Effect.Success<ReturnType<typeof fakeStage>>

/** For what still works when no new task is left any more; and for the last processes to go. */
const END_MS = 300_000

/** A daemon, real supervisors and agents, and one task after the other on every issue for as long as it lasts. */
export const soak = Effect.fn("soak")(function* (stage: Stage, options: SoakOptions) {
  const remotes = new Map<string, string>(repositories.map((name) => [name, stage.repository(name)]))
  const issues = issuesAt(stage.worktree)
  const env = { MAX_CONCURRENT_AGENTS: String(options.agents) }
  const began = performance.now()
  const elapsed = () => performance.now() - began
  const daemon = stage.start(["queue-daemon", "run", "--quiet"], { env })
  yield* Effect.addFinalizer(() => {
    daemon.kill()
    return Effect.promise(() => daemon.exited)
  })
  yield* until("the daemon serves", () => fs.existsSync(path.join(stage.kugetsuHome, "queue", "daemon.pid")))

  const queue = yield* Queue
  const runs = yield* Runs
  const tasks = new Map<string, SoakIssue>()
  const leave = Effect.fnUntraced(function* (issue: SoakIssue, message: string) {
    const ref = yield* Effect.fromResult(parseIssueRef(issue.ref))
    const { item } = yield* queue.enqueue({ issue: ref, message })
    tasks.set(item.id, issue)
    return item.id
  })

  const [first, ...others] = issues
  const longest = options.withLongTurn ? yield* leave(first!, longTask(first!, options.lastsMs)) : null
  const busy = options.withLongTurn ? others : issues
  const samples = noSamples()
  const look = Effect.fnUntraced(function* () {
    const now = yield* runs.survey
    sample(samples, elapsed(), daemon.pid, now.runs, longest)
    return yield* queue.list()
  })

  while (elapsed() < options.lastsMs) {
    const waiting = (yield* look()).filter(({ state }) => state === "pending" || state === "notified")
    const refs = new Set(waiting.map(({ issue_ref }) => issue_ref))
    for (const issue of busy) if (!refs.has(issue.ref)) yield* leave(issue, shortTask(issue))
    yield* Effect.sleep(options.lookMs)
  }
  const endBy = elapsed() + END_MS
  while ((yield* look()).some(({ state }) => state === "pending" || state === "notified") && elapsed() < endBy) {
    yield* Effect.sleep(options.lookMs)
  }
  const seconds = Math.round(elapsed() / 1000)
  daemon.kill()
  yield* Effect.promise(() => daemon.exited)
  const left = yield* Effect.catchDefect(
    Effect.as(
      until("no process is left", () => processesOf(stage.kugetsuHome).length === 0, 30_000),
      [],
    ),
    () => Effect.sync(() => processesOf(stage.kugetsuHome)),
  )

  const pushed = ({ repository }: SoakIssue, branch: string) => {
    const git = (...words: ReadonlyArray<string>) =>
      stage.git
        .run(remotes.get(repository)!, ...words)
        .split("\n")
        .filter(Boolean)
    if (git("branch", "--list", branch).length === 0) return { lines: [], subjects: [] }
    return { lines: git("show", `${branch}:work.txt`), subjects: git("log", "--format=%s", `main..${branch}`) }
  }
  const trends = [
    ...trendsOf("the daemon", samples.daemon, options.warmUpMs),
    ...trendsOf("supervisors", samples.supervisors, options.warmUpMs),
    ...(options.withLongTurn ? trendsOf("the longest supervisor", samples.longest, options.warmUpMs) : []),
  ]
  return {
    tasks: tasks.size,
    seconds,
    agents: countsOf(samples.agents),
    trends,
    faults: [
      ...faultsOf({
        home: yield* KugetsuHome,
        issues,
        tasks,
        items: yield* queue.list(),
        runs: yield* runs.list,
        sessions: yield* (yield* Sessions).list,
        pushed,
      }),
      ...together(samples, options.agents),
      ...trends.filter((trend) => !isFlat(trend)).map(({ what }) => `${what} grows`),
      ...left.map((process) => `a process is left: ${process}`),
    ],
  } satisfies SoakResult
}, provideRecords)

function provideRecords<A, E, R>(body: Effect.Effect<A, E, R>, stage: Stage) {
  const records = Layer.mergeAll(FileQueue.layer, Runs.layer, Sessions.layer)
  return Effect.provide(body, records.pipe(Layer.provideMerge(KugetsuHome.at(stage.kugetsuHome))))
}

const together = ({ agents, overlaps }: Samples, limit: number): ReadonlyArray<string> => [
  ...[...new Set(overlaps)].map((ref) => `two runs of ${ref} went on at a time`),
  ...(Math.max(0, ...agents) === limit ? [] : [`${Math.max(0, ...agents)} agents worked at a time, not ${limit}`]),
]

const countsOf = (numbers: ReadonlyArray<number>): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const number of [...numbers].sort((a, b) => b - a)) counts.set(number, (counts.get(number) ?? 0) + 1)
  return counts
}
