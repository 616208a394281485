import { Effect, Option, Schema, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { attempt, ensureDirectory, type HomeUnusable } from "./Files.ts"
import { type LockMode, tryFlock } from "./Native.ts"

/** A lock that another process held for too long. */
export class LockBusy extends Schema.TaggedError<LockBusy>()("LockBusy", { path: Schema.String }) {
  readonly code = ExitCode.busy
  override get message() {
    return `another process holds ${this.path}`
  }
  get remedy() {
    return "Try again in a moment; `kugetsu list` shows what is running."
  }
}

/**
 * A flock on a file that is never removed. It lasts as long as any process has the descriptor, or one inherited from it,
 * open: the kernel frees it at any death.
 */
export interface HeldLock {
  readonly path: string
  readonly descriptor: number
}

const open = (file: string): number => fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)

const tryOnce = (file: string, mode: LockMode): Effect.Effect<Option.Option<HeldLock>, HomeUnusable> =>
  attempt("lock", file, () => {
    const descriptor = open(file)
    let taken = false
    try {
      taken = tryFlock(descriptor, mode)
      return taken ? Option.some({ path: file, descriptor }) : Option.none()
    } finally {
      if (!taken) fs.closeSync(descriptor)
    }
  })

/** None when another open file description holds it. Never waits. */
export const tryAcquire = (
  file: string,
  mode: LockMode = "exclusive",
): Effect.Effect<Option.Option<HeldLock>, HomeUnusable> =>
  Effect.catchIf(
    tryOnce(file, mode),
    ({ reason }) => reason === "ENOENT",
    () => Effect.andThen(ensureDirectory(path.dirname(file)), tryOnce(file, mode)),
  )

/** Closes this process's descriptor; copies inherited by a child keep the lock. */
export const release = (lock: HeldLock): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      fs.closeSync(lock.descriptor)
    } catch {
      // closed already: what was wanted
    }
  })

/**
 * Milliseconds between two tries. Most locks are held for a fraction of one: the first tries wait in place, for no timer
 * is that short.
 */
const IN_PLACE_STEP = 0.1
const IN_PLACE_TRIES = 10
const SHORTEST_STEP = 1
const LONGEST_STEP = 10

export interface WaitOptions {
  readonly waitMs: number
  readonly mode?: LockMode
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Polling: a blocking flock can deadlock a process with itself. Only the pauses can be interrupted. */
const poll = Effect.fnUntraced(function* (
  file: string,
  { mode = "exclusive", waitMs }: WaitOptions,
  restore: Restore,
): Effect.fn.Return<HeldLock, LockBusy | HomeUnusable> {
  let waited = 0
  for (let tries = 1; ; tries++) {
    const lock = yield* tryAcquire(file, mode)
    if (Option.isSome(lock)) return lock.value
    if (waited >= waitMs) return yield* new LockBusy({ path: file })
    const inPlace = tries <= IN_PLACE_TRIES
    const step = inPlace ? IN_PLACE_STEP : Math.min(SHORTEST_STEP * 2 ** (tries - IN_PLACE_TRIES - 1), LONGEST_STEP)
    yield* inPlace ? waitInPlace(step) : restore(Effect.sleep(step))
    waited += step
  }
})

const nothing = new Int32Array(new SharedArrayBuffer(4))
const waitInPlace = (ms: number) => Effect.sync(() => Atomics.wait(nothing, 0, 0, ms))

/** Waits for the lock. The caller releases it. */
export const obtain = (file: string, options: WaitOptions): Effect.Effect<HeldLock, LockBusy | HomeUnusable> =>
  Effect.uninterruptibleMask((restore) => poll(file, options, restore))

/** As `obtain`, and keeps the lock for the scope. Whoever is interrupted while waiting has never had it. */
export const acquire = (
  file: string,
  options: WaitOptions,
): Effect.Effect<HeldLock, LockBusy | HomeUnusable, Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.tap(poll(file, options, restore), (lock) => Effect.addFinalizer(() => release(lock))),
  )

/**
 * Takes over a lock that was inherited under a known descriptor number. None when that descriptor is not open on this
 * very file, or the file is locked by somebody else.
 */
export const adopt = (file: string, descriptor: number): Option.Option<HeldLock> => {
  try {
    const inherited = fs.fstatSync(descriptor)
    const named = fs.statSync(file)
    const same = inherited.dev === named.dev && inherited.ino === named.ino
    return same && tryFlock(descriptor) ? Option.some({ path: file, descriptor }) : Option.none()
  } catch {
    return Option.none()
  }
}

/** Whether any process holds the lock for itself right now. Several may look at the same moment. */
export const isHeld = (file: string): Effect.Effect<boolean, HomeUnusable> =>
  attempt("lock", file, () => {
    if (!fs.existsSync(file)) return false
    const descriptor = open(file)
    try {
      return !tryFlock(descriptor, "shared")
    } finally {
      fs.closeSync(descriptor)
    }
  })
