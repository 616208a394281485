import { expect, test } from "bun:test"
import { acquire, adopt, isHeld, release, tryAcquire } from "@kugetsu/core/system/Lock"
import { tryFlock } from "@kugetsu/core/system/Native"
import { Effect, Fiber, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../../kit/effectTest.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

effectTest("looks at a free lock at the same moment all see that it is free", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const looking = yield* tryAcquire(file, "shared")
    expect(Option.isSome(looking)).toBe(true)
    expect(yield* isHeld(file)).toBe(false)
    yield* release(Option.getOrThrow(looking))
    const held = yield* tryAcquire(file)
    expect(yield* isHeld(file)).toBe(true)
    yield* release(Option.getOrThrow(held))
  }),
)

effectTest("a held lock is refused to a second holder and free after its release", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "locks", "issue")
    const first = Option.getOrThrow(yield* tryAcquire(file))
    expect(Option.isNone(yield* tryAcquire(file))).toBe(true)
    expect(yield* isHeld(file)).toBe(true)
    yield* release(first)
    expect(yield* isHeld(file)).toBe(false)
    expect(Option.isSome(yield* tryAcquire(file))).toBe(true)
  }),
)

effectTest("waiting for a lock ends with a busy failure that names the file", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    yield* acquire(file, { waitMs: 0 })
    const error = yield* Effect.flip(acquire(file, { waitMs: 50 }))
    expect([error._tag, error.code]).toEqual(["LockBusy", 75])
    expect(error.message).toContain(file)
  }),
)

effectTest("a shared lock has any number of holders, and none beside an exclusive one", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const first = Option.getOrThrow(yield* tryAcquire(file, "shared"))
    const second = Option.getOrThrow(yield* tryAcquire(file, "shared"))
    expect(Option.isNone(yield* tryAcquire(file))).toBe(true)
    yield* release(first)
    expect(Option.isNone(yield* tryAcquire(file))).toBe(true)
    yield* release(second)
    yield* acquire(file, { waitMs: 0 })
    const error = yield* Effect.flip(acquire(file, { waitMs: 5, mode: "shared" }))
    expect(error._tag).toBe("LockBusy")
  }),
)

effectTest("who waits for a lock gets it soon after it is free", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const lock = Option.getOrThrow(yield* tryAcquire(file))
    const waiting = yield* Effect.forkChild(acquire(file, { waitMs: 10_000 }))
    yield* Effect.sleep(30)
    yield* release(lock)
    yield* Effect.timeout(Fiber.join(waiting), 1000)
    expect(yield* isHeld(file)).toBe(true)
  }),
)

effectTest("an inherited lock outlives its giver and ends with the process that inherited it", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const lock = Option.getOrThrow(yield* tryAcquire(file))
    const child = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore", lock.descriptor] })
    yield* release(lock)
    expect(yield* isHeld(file)).toBe(true)
    child.kill("SIGKILL")
    yield* Effect.promise(() => child.exited)
    expect(yield* isHeld(file)).toBe(false)
  }),
)

effectTest("only a descriptor of that very file is adopted", () =>
  Effect.gen(function* () {
    const dir = yield* temporaryDirectory
    const [file, other] = [path.join(dir, "lock"), path.join(dir, "other")]
    const lock = Option.getOrThrow(yield* tryAcquire(file))
    fs.writeFileSync(other, "")
    expect(Option.isSome(adopt(file, lock.descriptor))).toBe(true)
    expect(Option.isNone(adopt(other, lock.descriptor))).toBe(true)
    expect(Option.isNone(adopt(file, 999))).toBe(true)
  }),
)

effectTest("whoever waits for a lock can be interrupted at once, and has not taken it", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const held = Option.getOrThrow(yield* tryAcquire(file))
    // as a run that is stopped while another one clones
    const waiting = yield* Effect.forkChild(
      Effect.scoped(Effect.andThen(acquire(file, { waitMs: 600_000 }), Effect.never)),
    )
    yield* Effect.sleep(50)
    const started = performance.now()
    yield* Fiber.interrupt(waiting)
    expect(performance.now() - started).toBeLessThan(5_000)
    yield* release(held)
    expect(Option.isSome(yield* tryAcquire(file))).toBe(true)
  }),
)

effectTest("whoever waited for a lock gets it when its holder lets go, and gives it back with the scope", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const held = Option.getOrThrow(yield* tryAcquire(file))
    const waiting = yield* Effect.forkChild(
      Effect.scoped(Effect.andThen(acquire(file, { waitMs: 600_000 }), isHeld(file))),
    )
    yield* Effect.sleep(50)
    yield* release(held)
    expect(yield* Fiber.join(waiting)).toBe(true)
    expect(yield* isHeld(file)).toBe(false)
  }),
)

effectTest("a shared lock has any number of holders, and keeps an exclusive one out", () =>
  Effect.gen(function* () {
    const file = path.join(yield* temporaryDirectory, "lock")
    const [first, second] = [yield* tryAcquire(file, "shared"), yield* tryAcquire(file, "shared")]
    expect([Option.isSome(first), Option.isSome(second)]).toEqual([true, true])
    expect(Option.isNone(yield* tryAcquire(file))).toBe(true)
  }),
)

test("a lock that the system refuses is not taken for one that somebody holds", () => {
  // no open file stands behind it, so that nobody can hold its lock
  expect(() => tryFlock(99_999)).toThrow("does not lock it (EBADF)")
})
