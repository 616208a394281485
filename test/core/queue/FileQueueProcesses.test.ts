import { expect, test } from "bun:test"
import { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import { RunId } from "@kugetsu/core/domain/Run"
import { queueCrashPoints } from "@kugetsu/core/queue/crashPoints"
import { Queue } from "@kugetsu/core/Queue"
import { Effect, Fiber, Option, Queue as Mailbox, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"
import { fileQueueAt } from "./fileQueueAt.ts"
import { theItem } from "./queue.program.ts"
import { runId } from "./samples.ts"

const program = path.join(import.meta.dirname, "queue.program.ts")

/** Runs the program for as long as the scope. */
const startProgram = (home: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = Bun.spawn([process.execPath, program, ...args], {
        env: { KUGETSU_DIR: home, HOME: home, TZ: "UTC" },
        stdio: ["ignore", "pipe", "inherit"],
      })
      return { child, firstLine: child.stdout.getReader().read() }
    }),
    ({ child }) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return child.exited
      }),
  )

/** Runs the program to its end, and gives what it said and how it ended. */
const run = (home: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const child = Bun.spawn([process.execPath, program, ...args], {
      env: { ...env, KUGETSU_DIR: home, HOME: home, TZ: "UTC" },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const said = (await new Response(child.stdout).text()).split("\n").filter(Boolean)
    await child.exited
    if (child.exitCode !== 0 && child.signalCode !== "SIGKILL") throw new Error(`exit code ${child.exitCode}`)
    return { said, signal: child.signalCode }
  })

const places = ["items", "running", "done", "bad"]

/** In which directories a file of that id is. */
const placesOf = (home: string, id: string) =>
  places.flatMap((place) => {
    const dir = path.join(home, "queue", place)
    const names = fs.existsSync(dir) ? fs.readdirSync(dir) : []
    return names.filter((name) => name.startsWith(`${id}.`) && !name.endsWith(".reason.json")).map(() => place)
  })

effectTest("eight processes leave tasks while two work on them: every task is worked on once, and none is missed", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const perProcess = 100
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    const working = yield* Effect.forkChild(
      Effect.forEach([1, 2], (n) => run(home, ["drain", "the last 0", String(n)]), { concurrency: 2 }),
    )
    const left = yield* Effect.forEach(names, (name) => run(home, ["enqueue", name, String(perProcess)]), {
      concurrency: "unbounded",
    })
    yield* run(home, ["enqueue", "the last", "1"])
    const worked = yield* Fiber.join(working)
    const all = [...left.flatMap(({ said }) => said), "the last 0"].sort()
    expect(all.length).toBe(names.length * perProcess + 1)
    expect(worked.flatMap(({ said }) => said).sort()).toEqual(all)
    expect(fs.readdirSync(path.join(home, "queue", "done")).length).toBe(all.length)
    expect(["items", "running", "bad", "tmp"].flatMap((dir) => fs.readdirSync(path.join(home, "queue", dir)))).toEqual(
      [],
    )
  }),
)

effectTest("eight processes that leave tasks of the same ids leave each once", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    const left = yield* Effect.forEach(names, (name) => run(home, ["enqueueKnown", name, "60"]), {
      concurrency: "unbounded",
    })
    const own = left.flatMap(({ said }) => said)
    expect([own.length, new Set(own).size]).toEqual([60, 60])
    const items = yield* Effect.provide(
      Effect.flatMap(Queue, (queue) => queue.list()),
      fileQueueAt(home),
    )
    const owners = new Map(left.flatMap(({ said }, n) => said.map((id) => [id, names[n]!] as const)))
    expect(items.map(({ id, message }) => [id, message])).toEqual(
      items.map(({ id }) => [id, owners.get(id)!] as [QueueItemId, string]),
    )
  }),
)

effectTest("every list has every item once, while another process carries them from place to place", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    yield* run(home, ["enqueue", "task", "20"])
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const all = (yield* queue.list()).map(({ id }) => id)
      const carrying = yield* Effect.forkChild(run(home, ["carry", "", "16"]))
      const states = new Set<string>()
      while (carrying.pollUnsafe() === undefined) {
        const items = yield* queue.list()
        for (const { state } of items) states.add(state)
        expect(items.map(({ id }) => id)).toEqual(all)
        yield* Effect.sleep(0)
      }
      yield* Fiber.join(carrying)
      expect([...states].sort()).toEqual(["notified", "pending"])
      expect((yield* queue.list()).map(({ attempts }) => attempts)).toEqual(all.map(() => 8))
    }).pipe(Effect.provide(fileQueueAt(home)))
  }),
)

/** Completed items, made of a pending one. */
const fillDone = (home: string, count: number): void => {
  const inQueue = (...parts: ReadonlyArray<string>) => path.join(home, "queue", ...parts)
  const [name = ""] = fs.readdirSync(inQueue("items"))
  const pending = fs.readFileSync(inQueue("items", name), "utf8")
  for (let n = 0; n < count; n++) {
    const id = `q_${1_700_000_000_000 + n}_abc123`
    const completed = pending.replace(path.basename(name, ".json"), id).replace('"pending"', '"completed"')
    fs.writeFileSync(inQueue("done", `${id}.json`), completed)
  }
}

effectTest("every list has every item once, while another process lets them end and tries them again", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    yield* run(home, ["enqueue", "task", "20"])
    // so that a look takes its time
    fillDone(home, 1000)
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const all = (yield* queue.list()).map(({ id }) => id)
      const ending = yield* Effect.forkChild(run(home, ["end", "", "6"]))
      const states = new Set<string>()
      while (ending.pollUnsafe() === undefined) {
        const items = yield* queue.list()
        for (const { state } of items) states.add(state)
        expect(items.map(({ id }) => id)).toEqual(all)
        yield* Effect.sleep(0)
      }
      yield* Fiber.join(ending)
      expect([...states]).toEqual(expect.arrayContaining(["error", "pending"]))
    }).pipe(Effect.provide(fileQueueAt(home)))
  }),
)

effectTest("who changes an item is not kept out by others that look at thousands of them without end", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    yield* run(home, ["enqueue", "task", "1"])
    const [name] = fs.readdirSync(path.join(home, "queue", "items"))
    fillDone(home, 2000)
    const readers = yield* Effect.forEach([1, 2, 3], () => startProgram(home, ["look"]))
    yield* Effect.promise(() => Promise.all(readers.map(({ firstLine }) => firstLine)))
    const from = performance.now()
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const id = QueueItemId.make(name!.replace(".json", ""))
      for (const n of [1, 2, 3]) {
        expect((yield* queue.claim(id, runId(n)))._tag).toBe("Claimed")
        yield* queue.release({ id, run: runId(n) })
      }
      expect((yield* queue.cancel(id))._tag).toBe("Cancelled")
    }).pipe(Effect.provide(fileQueueAt(home)))
    expect(performance.now() - from).toBeLessThan(9000)
  }),
)

effectTest("a task that another process leaves wakes who waits, long before the next look without reason", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      const woken = yield* Mailbox.unbounded<void>()
      const watching = yield* Effect.forkChild(Stream.runForEach(queue.wakeups, () => Mailbox.offer(woken, undefined)))
      yield* Mailbox.take(woken)
      const leaving = yield* Effect.forkChild(run(home, ["enqueue", "task", "1"]))
      yield* Effect.timeout(Mailbox.take(woken), 4000)
      yield* Fiber.join(leaving)
      expect(yield* queue.list(["pending"])).toMatchObject([{ message: "task 0" }])
      yield* Fiber.interrupt(watching)
    }).pipe(Effect.provide(fileQueueAt(home)))
  }),
)

/** What every kill leaves must be carried on by the next process to where a life without a kill ends. */
const carriedOn = Effect.fnUntraced(function* (id: QueueItemId) {
  const queue = yield* Queue
  const item = Option.getOrThrow(yield* queue.find(id))
  const own = RunId.make("r_20261120T070000_000000")
  if (item.state === "error") yield* queue.retry(id)
  if (item.state === "notified") yield* queue.settle({ id, run: item.run! }, { _tag: "Completed" })
  else if (item.state !== "completed") {
    expect((yield* queue.claim(id, own))._tag).toBe("Claimed")
    yield* queue.settle({ id, run: own }, { _tag: "Completed" })
  }
  const after = Option.getOrThrow(yield* queue.find(id))
  // a settling that was cut off may have been on its way to another attempt
  return after.state === "pending" ? yield* claimAgain(id, own) : after
})

const claimAgain = Effect.fnUntraced(function* (id: QueueItemId, own: RunId) {
  const queue = yield* Queue
  yield* queue.claim(id, own)
  yield* queue.settle({ id, run: own }, { _tag: "Completed" })
  return Option.getOrThrow(yield* queue.find(id))
})

const lifePoints = queueCrashPoints.filter((point) => !/upgrade|quarantine|clear/.test(point))

for (const point of lifePoints) {
  effectTest(`killed at ${point}, the item is in one place, and goes on from there`, () =>
    Effect.gen(function* () {
      const home = yield* temporaryDirectory
      const { said, signal } = yield* run(home, ["life"], { KUGETSU_CRASH_AT: point })
      expect(signal).toBe("SIGKILL")
      const found = placesOf(home, theItem)
      if (point === "queue.enqueue.written") return expect([found, said]).toEqual([[], []])
      expect(found.length).toBe(1)
      expect(found).not.toEqual(["bad"])
      yield* Effect.gen(function* () {
        expect(yield* carriedOn(theItem)).toMatchObject({ state: "completed" })
        expect(yield* (yield* Queue).stats).toMatchObject({ total: 1, completed: 1, bad: 0 })
      }).pipe(Effect.provide(fileQueueAt(home)))
    }),
  )
}

for (const point of ["queue.settle.written", "queue.settle.rewritten", "queue.settle.moved", "queue.settle.synced"]) {
  effectTest(`killed at ${point}, and settled again, the attempt counts once`, () =>
    Effect.gen(function* () {
      const home = yield* temporaryDirectory
      yield* run(home, ["life"], { KUGETSU_CRASH_AT: point })
      const run2 = RunId.make("r_20261120T063012_000002")
      yield* Effect.gen(function* () {
        const queue = yield* Queue
        yield* queue.settle(
          { id: theItem, run: run2 },
          { _tag: "Again", reason: "it broke", notBefore: null, costsAttempt: true },
        )
        expect(Option.getOrThrow(yield* queue.find(theItem))).toMatchObject({ state: "pending", attempts: 1 })
      }).pipe(Effect.provide(fileQueueAt(home)))
    }),
  )
}

effectTest("an item whose settling was cut off is settled first when it is cancelled", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    yield* run(home, ["life"], { KUGETSU_CRASH_AT: "queue.settle.rewritten" })
    yield* Effect.gen(function* () {
      const queue = yield* Queue
      expect(Option.getOrThrow(yield* queue.find(theItem))).toMatchObject({ state: "notified" })
      expect(yield* queue.cancel(theItem)).toMatchObject({ _tag: "Cancelled", item: { attempts: 1, state: "error" } })
      expect(placesOf(home, theItem)).toEqual(["done"])
    }).pipe(Effect.provide(fileQueueAt(home)))
  }),
)

const firstItem = JSON.stringify({
  id: "q_old",
  issue_ref: null,
  message: "old",
  state: "notified",
  pending_since: "2026-04-01T10:00:00+00:00",
})

for (const [points, content, place] of [
  [["queue.upgrade.moved", "queue.upgrade.synced"], firstItem, "done"],
  [["queue.quarantine.explained", "queue.quarantine.moved"], "{", "bad"],
] as const) {
  for (const point of points) {
    effectTest(`killed at ${point}, the file is in one place, and ends in ${place}`, () =>
      Effect.gen(function* () {
        const home = yield* temporaryDirectory
        fs.mkdirSync(path.join(home, "queue", "items"), { recursive: true })
        fs.writeFileSync(path.join(home, "queue", "items", "q_old.json"), content)
        expect((yield* run(home, ["list"], { KUGETSU_CRASH_AT: point })).signal).toBe("SIGKILL")
        expect(placesOf(home, "q_old").length).toBe(1)
        expect((yield* run(home, ["list"])).signal).toBeNull()
        expect(placesOf(home, "q_old")).toEqual([place])
        if (place === "bad") {
          const quarantined = yield* Effect.provide(
            Effect.flatMap(Queue, (queue) => queue.quarantined),
            fileQueueAt(home),
          )
          expect(quarantined.map(({ reason }) => reason)).not.toContain("nobody said why it was put here")
        }
      }),
    )
  }
}

effectTest("with KUGETSU_CRASH_ONCE only the first process dies, and the next one leads the life to its end", () =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const env = { KUGETSU_CRASH_AT: "queue.clear.removed", KUGETSU_CRASH_ONCE: path.join(home, "crashed") }
    expect((yield* run(home, ["life"], env)).signal).toBe("SIGKILL")
    expect(placesOf(home, theItem)).toEqual([])
    const second = yield* run(home, ["life"], env)
    expect(second).toEqual({ said: ["enqueued", "tried", "completed", "cleared"], signal: null })
  }),
)

test("no crash point of the queue is without a test, and each has one name", () => {
  const sources = path.join(import.meta.dirname, "../../../packages/core/src/queue")
  const text = fs.readdirSync(sources).map((name) => fs.readFileSync(path.join(sources, name), "utf8"))
  const named = text.flatMap((source) => [...source.matchAll(/crashPoint\([`"](queue\.[^`"]+)[`"]\)/g)])
  const patterns = named.map(([, name]) => new RegExp(`^${name!.replace(/\$\{verb\}/, "[a-z]+")}$`))
  expect(queueCrashPoints.filter((point) => !patterns.some((pattern) => pattern.test(point)))).toEqual([])
  expect(patterns.filter((pattern) => !queueCrashPoints.some((point) => pattern.test(point)))).toEqual([])
  expect(new Set(queueCrashPoints).size).toBe(queueCrashPoints.length)
})
