import { RunId } from "@kugetsu/core/domain/Run"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

// The file queue by itself: bun test/bench/queue.ts. Times are only to be compared with those of the same run.

const ITEMS = 10_000
const CLAIMERS = 8

const message = "fix the thing ".repeat(20)

const inHome = <A, E>(home: string, body: Effect.Effect<A, E, Queue>): Promise<A> =>
  Effect.runPromise(Effect.provide(body, Layer.provide(FileQueue.layer, KugetsuHome.at(home))))

/** Milliseconds of each of `times` runs of each body, in turn; sorted. */
const timed = Effect.fnUntraced(function* <E, R>(
  times: number,
  ...bodies: ReadonlyArray<Effect.Effect<unknown, E, R>>
) {
  const taken = bodies.map((): Array<number> => [])
  for (let n = 0; n < times; n++) {
    for (const [index, body] of bodies.entries()) {
      const from = performance.now()
      yield* body
      taken[index]?.push(performance.now() - from)
    }
  }
  return taken.map((times) => times.sort((a, b) => a - b))
})

const quantile = (sorted: ReadonlyArray<number>, q: number): string =>
  `${(sorted[Math.floor((sorted.length - 1) * q)] ?? Number.NaN).toFixed(3)} ms`

const report = (what: string, value: string) => console.log(`${what.padEnd(52)} ${value}`)

const p50p99 = ([sorted = []]: ReadonlyArray<ReadonlyArray<number>>) =>
  `p50 ${quantile(sorted, 0.5)}  p99 ${quantile(sorted, 0.99)}`

/** One 350-byte write and fsync of a new file, as a measure of the disk. */
const rawFsync = (dir: string) => {
  let n = 0
  return Effect.sync(() => {
    const descriptor = fs.openSync(path.join(dir, `raw-${n++}`), "wx")
    fs.writeSync(descriptor, message)
    fs.fsyncSync(descriptor)
    fs.closeSync(descriptor)
  })
}

const enqueueOne = Effect.flatMap(Queue, (queue) => queue.enqueue({ issue: null, message }))
const scheduled = Effect.flatMap(Queue, (queue) => queue.list(["pending", "notified"]))

const single = (dir: string) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* timed(200, enqueueOne)
    const [raw = [], enqueue = []] = yield* timed(1000, rawFsync(dir), enqueueOne)
    report("raw write + fsync of a new file", p50p99([raw]))
    report("enqueue", p50p99([enqueue]))
    const [r, e] = [raw[500]!, enqueue[500]!]
    report("enqueue against 1 ms + 3 raw fsyncs, p50", `${((e / (1 + 3 * r)) * 100).toFixed(0)} %`)

    yield* timed(ITEMS - 1200, enqueueOne)
    report(`list of ${ITEMS}, nothing remembered`, p50p99(yield* timed(1, scheduled)))
    yield* Effect.sleep(100)
    report(`list of ${ITEMS}, nothing changed`, p50p99(yield* timed(50, scheduled)))
    const [, added = []] = yield* timed(50, enqueueOne, scheduled)
    report(`list of ${ITEMS}, one came`, p50p99([added]))
    let n = 0
    const claimed = Effect.gen(function* () {
      const [first] = yield* queue.list(["pending"])
      yield* queue.claim(first!.id, run(0, n++))
    })
    const [, removed = []] = yield* timed(50, claimed, scheduled)
    report(`list of ${ITEMS}, one was claimed`, p50p99([removed]))
    report(
      `find one of ${ITEMS}`,
      p50p99(
        yield* timed(
          50,
          Effect.flatMap(scheduled, ([one]) => queue.find(one!.id)),
        ),
      ),
    )
  })

const run = (own: number, n: number) => RunId.make(`r_20261120T063012_${String(own * 100_000 + n).padStart(6, "0")}`)

/** Claims all it can get, in order, from the given moment on. */
const claimer = (own: number, at: number) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const items = yield* queue.list(["pending"])
    const mine: Array<string> = []
    yield* Effect.sleep(Math.max(0, at - Date.now()))
    const from = performance.now()
    for (const [n, { id }] of items.entries()) {
      if ((yield* queue.claim(id, run(own, n)))._tag === "Claimed") mine.push(id)
    }
    console.log(JSON.stringify({ ms: performance.now() - from, mine }))
  })

const claimers = async (home: string) => {
  const at = Date.now() + 6000
  const children = Array.from({ length: CLAIMERS }, (_, own) =>
    Bun.spawn([process.execPath, import.meta.path, home, String(own), String(at)], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  )
  const results = await Promise.all(
    children.map(async (child) => JSON.parse(await new Response(child.stdout).text()) as Claims),
  )
  const all = results.flatMap(({ mine }) => mine)
  const ms = Math.max(...results.map((result) => result.ms))
  report(`claims a second, ${CLAIMERS} processes for ${all.length} items`, ((all.length / ms) * 1000).toFixed(0))
  report("claimed twice", String(all.length - new Set(all).size))
  report("share of each", results.map(({ mine }) => mine.length).join(" "))
}

interface Claims {
  readonly ms: number
  readonly mine: ReadonlyArray<string>
}

const [home, own, at] = process.argv.slice(2)
if (home !== undefined) {
  await inHome(home, claimer(Number(own), Number(at)))
} else {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kugetsu-bench-"))
  try {
    await inHome(dir, single(dir))
    await claimers(dir)
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}
