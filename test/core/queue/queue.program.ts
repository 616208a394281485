import { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { DateTime, Effect, Layer } from "effect"
import * as fs from "node:fs"
import { runId, task } from "./samples.ts"

// A process of its own that works on the queue of KUGETSU_DIR. Prints one line for everything it was told is done.

const say = (line: string) => fs.writeSync(1, `${line}\n`)

/** The item on which `life` is led. */
export const theItem = QueueItemId.make("q_1795156212000_abc123")

/** Leaves `count` tasks, each with a message of its own. */
const enqueueMany = Effect.fnUntraced(function* (name: string, count: number) {
  const queue = yield* Queue
  for (let n = 0; n < count; n++) say((yield* queue.enqueue(task(`${name} ${n}`))).item.message)
})

/** Leaves `count` tasks with ids that other processes use, too, and says which of them were its own. */
const enqueueKnown = Effect.fnUntraced(function* (name: string, count: number) {
  const queue = yield* Queue
  for (let n = 0; n < count; n++) {
    const id = QueueItemId.make(`q_${1_795_156_212_000 + n}_abc123`)
    if ((yield* queue.enqueue(task(name, { id })))._tag === "Enqueued") say(id)
  }
})

/** Carries every item there is from place to place and back, `count` times. */
const carry = Effect.fnUntraced(function* (count: number) {
  const queue = yield* Queue
  const items = yield* queue.list()
  for (let n = 0; n < count; n++) {
    for (const { id } of items) {
      const run = runId(n)
      yield* queue.claim(id, run)
      yield* n % 2 === 0
        ? queue.release({ id, run })
        : queue.settle({ id, run }, { _tag: "Again", reason: "it broke", notBefore: null, costsAttempt: true })
    }
  }
})

/** Lets every item there is end in error and gives it another set of attempts, `count` times. */
const end = Effect.fnUntraced(function* (count: number) {
  const queue = yield* Queue
  const items = yield* queue.list()
  for (let n = 0; n < count; n++) {
    for (const { id } of items) {
      yield* queue.claim(id, runId(n))
      yield* queue.settle({ id, run: runId(n) }, { _tag: "Error", reason: "it broke" })
    }
    for (const { id } of items) yield* queue.retry(id)
  }
})

/** Looks at everything there is, until it is ended. */
const look = Effect.gen(function* () {
  const queue = yield* Queue
  yield* queue.stats
  say("looking")
  return yield* Effect.forever(Effect.andThen(queue.stats, Effect.sleep(0)))
})

/** Claims and settles whatever there is, until `last` is settled by somebody. */
const drain = Effect.fnUntraced(function* (own: number, last: string) {
  const queue = yield* Queue
  for (let n = 0; ;) {
    const pending = yield* queue.list(["pending"])
    for (const { id } of pending) {
      const result = yield* queue.claim(id, runId(own * 10_000 + n++))
      if (result._tag === "Gone") continue
      say(result.item.message)
      yield* queue.settle(result.claim, { _tag: "Completed" })
    }
    if (pending.length === 0 && (yield* queue.list(["completed"])).some(({ message }) => message === last)) return
  }
})

/** Every change there is, one after the other, on one item; it was there before when it was left by an earlier life. */
const life = Effect.gen(function* () {
  const queue = yield* Queue
  const claim = (n: number) => Effect.as(queue.claim(theItem, runId(n)), { id: theItem, run: runId(n) })
  yield* queue.enqueue(task("life", { id: theItem }))
  say("enqueued")
  yield* queue.release(yield* claim(1))
  const second = yield* claim(2)
  yield* queue.heartbeat(second, { pid: 4711 })
  yield* queue.settle(second, { _tag: "Again", reason: "it broke", notBefore: null, costsAttempt: true })
  say("tried")
  yield* queue.cancel(theItem)
  yield* queue.retry(theItem)
  yield* queue.settle(yield* claim(3), { _tag: "Completed" })
  say("completed")
  yield* queue.clear(DateTime.add(yield* DateTime.now, { minutes: 1 }))
  say("cleared")
})

const main = ([verb, name = "", count = "0"]: ReadonlyArray<string>): Effect.Effect<void, unknown, Queue> => {
  switch (verb) {
    case "enqueue":
      return enqueueMany(name, Number(count))
    case "enqueueKnown":
      return enqueueKnown(name, Number(count))
    case "carry":
      return carry(Number(count))
    case "end":
      return end(Number(count))
    case "look":
      return look
    case "drain":
      return drain(Number(count), name)
    case "life":
      return life
    case "list":
      return Effect.flatMap(Queue, (queue) => Effect.map(queue.list(), (items) => say(`${items.length} items`)))
    default:
      return Effect.die(`no such verb: ${verb}`)
  }
}

if (import.meta.main) {
  await Effect.runPromise(
    Effect.provide(main(process.argv.slice(2)), Layer.provide(FileQueue.layer, KugetsuHome.layer)),
  )
}
