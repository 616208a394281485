import { RunId } from "@kugetsu/core/domain/Run"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { temporaryDirectory } from "../kit/temporary.ts"
import {
  highest,
  interleave,
  millisecondsOf,
  type Repetitions,
  type Row,
  single,
  spreadOf,
  timesOf,
} from "./measure.ts"

/** As large as a message of some sentences. */
const message = "fix the thing ".repeat(20)

export interface QueueSizes extends Repetitions {
  /** How many items wait while one is put in or claimed. */
  readonly items: number
  readonly claimers: number
}

/** The queue on files, by itself. */
export const queueFiles = Effect.fnUntraced(function* (sizes: QueueSizes) {
  const home = path.join(yield* temporaryDirectory, "home")
  const queueAt = Layer.provide(FileQueue.layer, KugetsuHome.at(home))
  const rows = yield* Effect.provide(enqueueing(home, sizes), queueAt)
  return [...rows, ...(yield* claiming(home, sizes))]
})

const enqueueOne = Effect.flatMap(Queue, (queue) => queue.enqueue({ issue: null, message }))

const enqueueing = Effect.fnUntraced(function* (home: string, { items, ...how }: QueueSizes) {
  const queue = yield* Queue
  yield* enqueueOne
  let syncs = 0
  const threeSyncs = Effect.sync(() => {
    for (let n = 0; n < 3; n++) {
      const descriptor = fs.openSync(path.join(home, `raw-${syncs++}`), "wx")
      fs.writeSync(descriptor, message)
      fs.fsyncSync(descriptor)
      fs.closeSync(descriptor)
    }
  })
  const taken = yield* interleave({ raw: millisecondsOf(threeSyncs), enqueue: millisecondsOf(enqueueOne) }, how)
  const allowed = taken.raw.map((ms) => ms + 1)
  const waiting = (yield* queue.list(["pending"])).length
  yield* Effect.forEach(Array.from({ length: Math.max(0, items - waiting) }), () => enqueueOne, { discard: true })
  const whole = yield* interleave(
    { listed: Effect.andThen(enqueueOne, millisecondsOf(queue.list(["pending"]))) },
    { repetitions: 20, warmUps: 2 },
  )
  return [
    {
      what: "a task put into the queue, in process",
      took: spreadOf(taken.enqueue),
      comparison: {
        against: "1 ms + 3 raw fsyncs",
        took: spreadOf(allowed),
        cost: timesOf(taken.enqueue, allowed),
        goal: 1,
      },
    },
    { what: "the same, 99 of 100 within", took: highest(taken.enqueue), comparison: null },
    {
      what: `the daemon's look at ${items} waiting tasks after one more came`,
      took: spreadOf(whole.listed),
      comparison: null,
    },
  ] satisfies ReadonlyArray<Row>
})

/** Several processes that want every item, in the same order, from the same moment on. */
const claiming = Effect.fnUntraced(function* (home: string, { claimers }: QueueSizes) {
  const all = Array.from({ length: claimers }, (_, own) => startClaimer(home, own))
  yield* Effect.addFinalizer(() => Effect.sync(() => all.forEach(({ child }) => child.kill())))
  const results = yield* Effect.promise(async () => {
    await Promise.all(all.map(({ ready }) => ready))
    for (const { child } of all) child.send("go")
    return Promise.all(all.map(({ claims }) => claims))
  })
  const claimed = results.flatMap(({ mine }) => mine)
  const from = Math.min(...results.map((result) => result.from))
  const to = Math.max(...results.map((result) => result.to))
  const what = `claims, ${claimers} processes for ${claimed.length} tasks`
  return [
    {
      what,
      took: single(Math.round((claimed.length / (to - from)) * 1000)),
      unit: "a second",
      goal: { atLeast: 1000 },
      comparison: null,
    },
    {
      what: `${what}: claimed twice`,
      took: single(claimed.length - new Set(claimed).size),
      unit: "items",
      goal: { atMost: 0 },
      comparison: null,
    },
  ] satisfies ReadonlyArray<Row>
})

interface Claims {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly mine: ReadonlyArray<string>
}

const startClaimer = (home: string, own: number) => {
  const ready = Promise.withResolvers<void>()
  const claims = Promise.withResolvers<Claims>()
  const child = Bun.spawn([process.execPath, import.meta.path, home, String(own)], {
    stdio: ["ignore", "ignore", "inherit"],
    ipc: (message: "ready" | Claims) => (message === "ready" ? ready.resolve() : claims.resolve(message)),
    onExit: (_, code) => {
      const early = new Error(`a claimer ended with ${code}`)
      ready.reject(early)
      claims.reject(early)
    },
  })
  return { child, ready: ready.promise, claims: claims.promise }
}

const claimAll = Effect.fnUntraced(function* (own: number) {
  const queue = yield* Queue
  const items = yield* queue.list(["pending"])
  yield* Effect.promise(() => {
    const go = new Promise((resolve) => process.once("message", resolve))
    process.send?.("ready")
    return go
  })
  const clock = () => performance.timeOrigin + performance.now()
  const [from, mine]: [number, Array<string>] = [clock(), []]
  for (const [n, { id }] of items.entries()) {
    const run = RunId.make(`r_20261120T063012_${String(own * 100_000 + n).padStart(6, "0")}`)
    if ((yield* queue.claim(id, run))._tag === "Claimed") mine.push(id)
  }
  process.send?.({ from, to: clock(), mine } satisfies Claims)
})

if (import.meta.main) {
  const [home = "", own = ""] = process.argv.slice(2)
  const queueAt = Layer.provide(FileQueue.layer, KugetsuHome.at(home))
  await Effect.runPromise(Effect.provide(claimAll(Number(own)), queueAt))
  process.disconnect?.()
}
