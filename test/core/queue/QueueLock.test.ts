import { expect } from "bun:test"
import { queueLock } from "@kugetsu/core/queue/QueueLock"
import { isHeld, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { Effect, Fiber, Option } from "effect"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

const lockIn = Effect.map(temporaryDirectory, (dir) => {
  const paths = { lock: path.join(dir, "locks", "queue.lock"), turnstile: path.join(dir, "locks", "queue.turnstile") }
  return { ...paths, ...queueLock(paths) }
})

/** Readers of which each stays until the next one has come, for a while at least: the lock is never free. */
const steadyReaders = ({ sharing }: Effect.Success<typeof lockIn>) => {
  let entered = 0
  const stay = Effect.gen(function* () {
    const own = ++entered
    for (const end = performance.now() + 200; entered === own && performance.now() < end;) yield* Effect.sleep(1)
  })
  return Effect.forEach([1, 2, 3], () => Effect.forkChild(Effect.forever(sharing(() => stay))))
}

effectTest("whoever changes something gets the lock although readers overlap without end, and they go on", () =>
  Effect.gen(function* () {
    const lock = yield* lockIn
    const readers = yield* steadyReaders(lock)
    yield* Effect.sleep(50)
    for (let n = 0; n < 5; n++) yield* Effect.timeout(lock.exclusively(Effect.succeed), 3000)
    yield* Effect.timeout(lock.sharing(Effect.succeed), 3000)
    expect(yield* isHeld(lock.turnstile)).toBe(false)
    yield* Effect.forEach(readers, Fiber.interrupt)
  }),
)

effectTest("readers wait for who holds the turnstile for a while, and not for ever: it may have been stopped", () =>
  Effect.gen(function* () {
    const lock = yield* lockIn
    const held = Option.getOrThrow(yield* tryAcquire(lock.turnstile))
    const reading = yield* Effect.forkChild(lock.sharing(() => Effect.succeed("read")))
    yield* Effect.sleep(100)
    expect(reading.pollUnsafe()).toBeUndefined()
    expect(yield* Effect.timeout(Fiber.join(reading), 8000)).toBe("read")
    yield* release(held)
  }),
)

effectTest("the turnstile does not stop who finds the lock free, and is free again when its holder gave up", () =>
  Effect.gen(function* () {
    const lock = yield* lockIn
    const turn = Option.getOrThrow(yield* tryAcquire(lock.turnstile))
    yield* Effect.timeout(lock.exclusively(Effect.succeed), 1000)
    yield* release(turn)
    const held = Option.getOrThrow(yield* tryAcquire(lock.lock))
    const waiting = yield* Effect.forkChild(lock.exclusively(Effect.succeed))
    while (!(yield* isHeld(lock.turnstile))) yield* Effect.sleep(5)
    yield* Fiber.interrupt(waiting)
    expect(yield* isHeld(lock.turnstile)).toBe(false)
    yield* release(held)
  }),
)

effectTest("the generation is another one after every change, and the same for all who read in between", () =>
  Effect.gen(function* () {
    const { exclusively, sharing } = yield* lockIn
    const first = yield* exclusively(Effect.succeed)
    expect([yield* sharing(Effect.succeed), yield* sharing(Effect.succeed)]).toEqual([first.after, first.after])
    const second = yield* exclusively(Effect.succeed)
    expect([second.before, second.after === first.after]).toEqual([first.after, false])
  }),
)
