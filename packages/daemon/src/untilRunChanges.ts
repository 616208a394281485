import type { RunId } from "@kugetsu/core/domain/Run"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect, Option } from "effect"
import { lockName } from "./RunLocks.ts"

/** Milliseconds between two glances at the runs that go on. */
const GLANCE_MS = 250

/**
 * Runs that go on, as they were when they were last looked at; null: only just launched. A glance reads what was not
 * there yet into it.
 */
export type GoingOn = Map<RunId, RunRecord | null>

/**
 * Waits until one of these runs did what no hint tells of: its agent began, or its supervisor died. For ever when there
 * are none: an idle daemon looks at nothing.
 */
export const untilRunChanges = Effect.fn("untilRunChanges")(function* (goingOn: GoingOn) {
  while (goingOn.size > 0) {
    yield* Effect.sleep(GLANCE_MS)
    if (yield* anyChanged(goingOn)) return
  }
  return yield* Effect.never
})

const anyChanged = Effect.fnUntraced(function* (goingOn: GoingOn) {
  for (const [id, known] of goingOn) if (yield* hasChanged(id, known, goingOn)) return true
  return false
})

/** One whose records cannot be read is for the look that follows, which says so. */
const hasChanged = Effect.fnUntraced(
  function* (id: RunId, known: RunRecord | null, goingOn: GoingOn) {
    if (known !== null && known.agent !== null) return !(yield* isLookedAfter(known))
    const found = yield* (yield* Runs).find(id)
    if (Option.isNone(found)) return true
    goingOn.set(id, found.value)
    return found.value.agent !== null || !(yield* isLookedAfter(found.value))
  },
  Effect.orElseSucceed(() => true),
)

/** Until it has a supervisor, its issue is held by one that is about to be. */
const isLookedAfter = Effect.fnUntraced(function* ({ request, supervisor }: RunRecord) {
  if (supervisor !== null) return isAlive(supervisor.supervisor)
  return yield* isHeld((yield* KugetsuHome).issueLock(yield* lockName(request.issue_ref)))
})
