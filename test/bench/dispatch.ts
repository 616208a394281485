import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, until } from "../kit/queueStage.ts"
import { highest, interleave, type Repetitions, type Row, spreadOf, timesOf } from "./measure.ts"

/** Longer than the pause that the daemon makes between two starts. */
const TURN_MS = 900

export interface DispatchSizes extends Repetitions {
  /** Tasks that wait for tomorrow beside the one that is measured. */
  readonly waiting: number
}

/** How soon a running daemon starts an agent. Issues have their worktrees; the agent is a program that does nothing. */
export const dispatch = Effect.fnUntraced(function* (
  kugetsu: ReadonlyArray<string>,
  { waiting, ...how }: DispatchSizes,
) {
  const empty = yield* daemonAt(kugetsu, 0)
  const full = yield* daemonAt(kugetsu, waiting)
  const taken = yield* interleave({ empty: empty.untilSpawned, full: full.untilSpawned }, how)
  const what = "a task put in, a slot free: until its agent is spawned"
  const steps = (name: "claimed" | "supervised") => spreadOf(empty.seen.slice(how.warmUps).map((times) => times[name]))
  const freed = yield* interleave({ freed: empty.untilNext }, { ...how, warmUps: 1 })
  return [
    { what, took: spreadOf(taken.empty), goal: { atMost: 50 }, comparison: null },
    { what: `${what}, 99 of 100 within`, took: highest(taken.empty), goal: { atMost: 250 }, comparison: null },
    { what: "of that, until the daemon has claimed it", took: steps("claimed"), comparison: null },
    { what: "of that, until its supervisor runs", took: steps("supervised"), comparison: null },
    {
      what: `${what}, ${waiting} more waiting`,
      took: spreadOf(taken.full),
      comparison: {
        against: "none waiting",
        took: spreadOf(taken.empty),
        cost: timesOf(taken.full, taken.empty),
        goal: 1.2,
      },
    },
    {
      what: "a slot gets free: until the next supervisor is started",
      took: spreadOf(empty.freed.map(({ started }) => started)),
      goal: { atMost: 100 },
      comparison: null,
    },
    { what: "a slot gets free: until the next agent is spawned", took: spreadOf(freed.freed), comparison: null },
  ] satisfies ReadonlyArray<Row>
})

const issues = 4
const issue = (number: number) =>
  IssueRef.make({ instance: "example.org", owner: "ann", repository: "tool", identifier: String(number) })

/** A home with a daemon that serves and has one slot. */
const daemonAt = Effect.fnUntraced(function* (kugetsu: ReadonlyArray<string>, waiting: number) {
  const stage = yield* queueStage({ run: { delayMs: TURN_MS, events: goodTurn("done") } })
  const queue = yield* Effect.map(
    Layer.build(Layer.provide(FileQueue.layer, KugetsuHome.at(stage.kugetsuHome))),
    (services) => Effect.provideContext(Queue, services),
  ).pipe(Effect.flatten)
  const tomorrow = DateTime.add(yield* DateTime.now, { days: 1 })
  for (let n = 0; n < waiting; n++) yield* queue.enqueue({ issue: null, message: "later", notBefore: tomorrow })
  const daemon = Bun.spawn([...kugetsu, "queue-daemon", "run", "--quiet"], {
    env: { ...stage.env, MAX_CONCURRENT_AGENTS: "1" },
    cwd: stage.home,
    stdio: ["ignore", "ignore", "inherit"],
  })
  yield* Effect.addFinalizer(() => {
    daemon.kill()
    return Effect.promise(() => daemon.exited)
  })
  yield* until("the daemon serves", () => fs.existsSync(path.join(stage.kugetsuHome, "queue", "daemon.pid")))

  /** When a file of the run was last written; milliseconds since the epoch. */
  const writtenAt = (run: string, file: string) => fs.statSync(path.join(stage.kugetsuHome, "runs", run, file)).mtimeMs

  let rounds = 0
  const put = Effect.suspend(() =>
    Effect.map(queue.enqueue({ issue: issue((rounds++ % issues) + 1), message: "go" }), ({ item }) => ({
      id: item.id,
      at: clock(),
    })),
  )
  const untilDone = (id: QueueItemId) =>
    Effect.gen(function* () {
      const item = yield* stage.untilIn("done", id)
      if (item.state !== "completed" || item.run === null) throw new Error(`a task ended otherwise: ${item.error}`)
      return item.run
    })

  const seen: Array<{ readonly claimed: number; readonly supervised: number }> = []
  const untilSpawned = Effect.gen(function* () {
    const { at, id } = yield* put
    const run = yield* untilDone(id)
    seen.push({ claimed: writtenAt(run, "request.json") - at, supervised: writtenAt(run, "supervisor.json") - at })
    return writtenAt(run, "agent.json") - at
  })

  const freed: Array<{ readonly started: number }> = []
  /** Two tasks of two issues, and one slot. */
  const untilNext = Effect.gen(function* () {
    const [first, second] = [yield* put, yield* put]
    const [before, after] = [yield* untilDone(first.id), yield* untilDone(second.id)]
    const at = writtenAt(before, "exit.json")
    freed.push({ started: writtenAt(after, "request.json") - at })
    return writtenAt(after, "agent.json") - at
  })
  return { untilSpawned, untilNext, seen, freed }
})

const clock = () => performance.timeOrigin + performance.now()
