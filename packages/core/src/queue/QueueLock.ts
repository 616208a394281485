import { Effect, Scope } from "effect"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "../system/Files.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import { acquire, type HeldLock, type LockBusy } from "../system/Lock.ts"

export type StoreError = HomeUnusable | LockBusy

/** Milliseconds: the lock is held for moments; a holder that was stopped in one of them is waited for that long. */
const LOCK_WAIT_MS = 10_000
/** Milliseconds until who wants to change something stops the readers that would come after it. */
const PATIENCE_MS = 20
/** Milliseconds for which readers let themselves be stopped: the one who stops them may itself have been stopped. */
const COURTESY_MS = 2000

/** Bytes, as text. */
const GENERATION_LENGTH = 16

/** From one generation of the items to the next. */
export interface Step {
  readonly before: string
  readonly after: string
}

/**
 * Readers share the lock, whoever changes an item holds it alone. The lock file tells the generation of the items: it is
 * another one after every change, so that a reader knows whether what it remembers may be trusted.
 *
 * Readers that overlap without end would keep everybody else out: they pass a turnstile before they take the lock, and
 * who has waited for a while in vain holds it until the readers that are inside have gone. Nobody waits for the turnstile
 * while holding the lock.
 */
export const queueLock = ({ lock: file, turnstile }: Pick<QueuePaths, "lock" | "turnstile">) => {
  const pass = Effect.scoped(acquire(turnstile, { waitMs: COURTESY_MS, mode: "shared" })).pipe(
    Effect.catchTag("LockBusy", () => Effect.void),
  )

  const holdTurnstile = Effect.gen(function* () {
    const own = yield* Effect.scope
    const from = performance.now()
    const turn = acquire(turnstile, { waitMs: LOCK_WAIT_MS })
    const rest = Effect.suspend(() => acquire(file, { waitMs: LOCK_WAIT_MS - (performance.now() - from) }))
    return yield* Effect.scoped(Effect.andThen(turn, Scope.provide(rest, own)))
  })

  const alone = Effect.catchTag(acquire(file, { waitMs: PATIENCE_MS }), "LockBusy", () => holdTurnstile)

  return {
    exclusively: <A, E>(body: (step: Step) => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
      Effect.scoped(Effect.flatMap(alone, (lock) => Effect.uninterruptible(Effect.flatMap(advance(lock), body)))),

    sharing: <A, E>(body: (generation: string) => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
      Effect.scoped(
        Effect.flatMap(Effect.andThen(pass, acquire(file, { waitMs: LOCK_WAIT_MS, mode: "shared" })), (lock) =>
          Effect.flatMap(
            attempt("read", file, () => generationOf(lock)),
            body,
          ),
        ),
      ),
  }
}

const generationOf = ({ descriptor }: HeldLock): string => {
  const buffer = Buffer.alloc(GENERATION_LENGTH)
  return buffer.toString("latin1", 0, fs.readSync(descriptor, buffer, 0, GENERATION_LENGTH, 0))
}

const advance = (lock: HeldLock): Effect.Effect<Step, HomeUnusable> =>
  attempt("write", lock.path, () => {
    const before = generationOf(lock)
    const after = randomBytes(GENERATION_LENGTH / 2).toString("hex")
    fs.writeSync(lock.descriptor, after, 0)
    return { before, after }
  })
