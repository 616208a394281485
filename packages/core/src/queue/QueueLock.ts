import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { attempt, type HomeUnusable } from "../system/Files.ts"
import { acquire, type HeldLock, type LockBusy } from "../system/Lock.ts"

export type StoreError = HomeUnusable | LockBusy

/** The lock is held for moments; a holder that was stopped in one of them is waited for that long. */
const LOCK_WAIT_MS = 10_000

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
 */
export const queueLock = (file: string) => ({
  exclusively: <A, E>(body: (step: Step) => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
    Effect.scoped(
      Effect.flatMap(acquire(file, { waitMs: LOCK_WAIT_MS }), (lock) =>
        Effect.uninterruptible(Effect.flatMap(advance(lock), body)),
      ),
    ),

  sharing: <A, E>(body: (generation: string) => Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
    Effect.scoped(
      Effect.flatMap(acquire(file, { waitMs: LOCK_WAIT_MS, mode: "shared" }), (lock) =>
        Effect.flatMap(
          attempt("read", file, () => generationOf(lock)),
          body,
        ),
      ),
    ),
})

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
