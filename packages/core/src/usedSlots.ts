import { Effect } from "effect"
import * as path from "node:path"
import { listDirectory } from "./system/Files.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, isHeld } from "./system/Lock.ts"

const WAIT_MS = 2000

/** How many agents run now. Looks under the lock of those who take slots: a look at a free one takes it for a moment. */
export const usedSlots = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const slots = (yield* listDirectory(path.dirname(home.slot(1)))).map(Number).filter(Number.isInteger)
  if (slots.length === 0) return 0
  yield* acquire(home.slotsLock, { waitMs: WAIT_MS })
  const held = yield* Effect.filter(slots, (n) => isHeld(home.slot(n)))
  return held.length
}).pipe(Effect.scoped, Effect.withSpan("usedSlots"))
