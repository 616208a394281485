import { Effect, Schema } from "effect"
import * as path from "node:path"
import { ExitCode } from "./domain/Failure.ts"
import { ensureDirectory, listDirectory } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, type HeldLock, release, tryAcquire } from "./system/Lock.ts"

/** As many agents run as the machine may carry. */
export class LimitReached extends Schema.TaggedError<LimitReached>()("LimitReached", { limit: Schema.Int }) {
  readonly code = ExitCode.limitReached
  override get message() {
    return `${this.limit} agents are running, which is the limit`
  }
  get remedy() {
    return "Nothing was lost. Try again when one has ended, or raise MAX_CONCURRENT_AGENTS in the config file."
  }
}

/** Time for somebody else to count the slots: a look at a few files. */
const WAIT_MS = 5000

/** How many agents run now, of all programs; the PM takes no slot. */
export const usedSlots = Effect.gen(function* () {
  const known = yield* knownSlots
  return known.length === 0 ? 0 : (yield* count(known)).held
}).pipe(Effect.scoped, Effect.withSpan("Slots.usedSlots"))

/** One of the slots; the count is of those held, so that lowering the limit takes effect at once. */
export const takeSlot = Effect.fn("Slots.takeSlot")(function* (limit: number) {
  yield* ensureDirectory(path.dirname((yield* KugetsuHome).slot(1)))
  const upToLimit = Array.from({ length: limit }, (_, index) => index + 1)
  const { free, held } = yield* count([...(yield* knownSlots), ...upToLimit])
  const taken = held < limit ? free.shift() : undefined
  return taken ?? (yield* new LimitReached({ limit }))
}, Effect.scoped)

/** Every number a slot ever had. */
const knownSlots = Effect.gen(function* () {
  const names = yield* listDirectory(path.dirname((yield* KugetsuHome).slot(1)))
  return names.filter((name) => /^\d+$/.test(name)).map(Number)
})

/**
 * A look at a free slot takes it for a moment: all who look do so one after the other. The free ones are held for the
 * scope; who takes one takes it out.
 */
const count = Effect.fnUntraced(function* (numbers: ReadonlyArray<number>) {
  const home = yield* KugetsuHome
  yield* acquire(home.slotsLock, { waitMs: WAIT_MS })
  const free: Array<HeldLock> = []
  yield* Effect.addFinalizer(() => Effect.forEach(free, release, { discard: true }))
  let held = 0
  for (const n of new Set(numbers)) {
    const lock = yield* tryAcquire(home.slot(n))
    if (lock._tag === "Some") free.push(lock.value)
    else held += 1
  }
  return { free, held }
})
