import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import { identityOf, isAlive, signal } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { FakePlan } from "./fakeOpencode.ts"
import type { RunOptions } from "./kugetsu.ts"
import { fakeStage } from "./stage.ts"

export const ref = (issue: number | string): string => `example.org/ann/tool#${issue}`

/**
 * A stage with the repository `example.org/ann/tool`, on which daemons can be started. Whatever they started is ended
 * with the scope, the daemon first.
 */
export const queueStage = Effect.fnUntraced(function* (plan: FakePlan = {}) {
  const made = yield* fakeStage(plan)
  made.repository("tool")
  const children: Array<ReturnType<typeof made.start>> = []
  yield* Effect.addFinalizer(() => Effect.promise(() => endAll(made.kugetsuHome)))
  yield* Effect.addFinalizer(() => Effect.sync(() => children.forEach((child) => child.kill())))
  const { json, kugetsuHome } = made
  const start: typeof made.start = (words, options) => {
    const child = made.start(words, options)
    children.push(child)
    return child
  }

  /** The answer of a command that must succeed. */
  const answer = Effect.fnUntraced(function* (words: ReadonlyArray<string>, options: RunOptions = {}) {
    const { answer, code, stderr } = yield* json(words, options)
    if (code !== 0) throw new Error(`${words.join(" ")}: exit ${code}: ${JSON.stringify(answer)} ${stderr}`)
    return answer
  })

  return {
    ...made,
    start,
    answer,
    /** Leaves a task and gives its id. */
    delegate: (words: ReadonlyArray<string>, options: RunOptions = {}) =>
      Effect.map(answer(["delegate", ...words], options), ({ id }): string => id),
    item: (id: string) =>
      Effect.map(answer(["queue", "list"]), (items: ReadonlyArray<QueueItem>) => items.find((item) => item.id === id)!),
    /** A daemon in the foreground. */
    daemon: (env: Readonly<Record<string, string>> = {}) =>
      Effect.gen(function* () {
        const child = start(["queue-daemon", "run", "--quiet"], { env })
        yield* until("the daemon serves", () => fs.existsSync(path.join(kugetsuHome, "queue", "daemon.pid")))
        return child
      }),
    /** Waits until the item is in that directory of the queue, and gives its record. */
    untilIn: (place: "items" | "running" | "done", id: string) =>
      Effect.map(
        until(`${id} in ${place}`, () => fileOf(kugetsuHome, place, id)),
        (file) => JSON.parse(fs.readFileSync(file, "utf8")) as QueueItem,
      ),
    /** Waits until the agent of the item's run works, and gives the run. */
    untilRuns: (id: string) =>
      Effect.map(
        until(`${id} runs`, () => {
          const name = fileOf(kugetsuHome, "running", id)
          const run = name === null ? null : path.basename(name).split(".")[1]!
          return run !== null && fs.existsSync(path.join(kugetsuHome, "runs", run, "agent.json")) ? run : null
        }),
        (run) => run,
      ),
  }
})
export type QueueStage = Effect.Success<ReturnType<typeof queueStage>>

const fileOf = (home: string, place: string, id: string): string | null => {
  const dir = path.join(home, "queue", place)
  const name = fs.existsSync(dir) ? fs.readdirSync(dir).find((name) => name.startsWith(`${id}.`)) : undefined
  return name === undefined ? null : path.join(dir, name)
}

/** Looks until there is something to see; what other processes do has no event here. */
export const until = <A>(what: string, look: () => A | null | false, limitMs = 30_000) =>
  Effect.gen(function* () {
    for (const end = performance.now() + limitMs; ;) {
      const seen = look()
      if (seen !== null && seen !== false) return seen
      if (performance.now() > end) throw new Error(`waited in vain: ${what}`)
      yield* Effect.sleep(20)
    }
  })

/** The daemon first, so that nothing new is started; then every supervisor, which ends its agent. */
export const endAll = async (home: string) => {
  const recordsIn = (file: string) => (fs.existsSync(file) ? [JSON.parse(fs.readFileSync(file, "utf8"))] : [])
  const runs = path.join(home, "runs")
  const supervisors = () =>
    (fs.existsSync(runs) ? fs.readdirSync(runs) : []).flatMap((run) =>
      recordsIn(path.join(runs, run, "supervisor.json")).map(({ supervisor }) => supervisor),
    )
  const daemons = () => recordsIn(path.join(home, "queue", "daemon.json")).map(({ daemon }) => daemon)
  for (const those of [daemons, supervisors]) {
    for (const one of those()) {
      signal(one, "SIGTERM")
      for (let tries = 0; isAlive(one) && tries < 500; tries++) await Bun.sleep(20)
      if (identityOf(one.pid) !== null) signal(one, "SIGKILL")
    }
  }
}
