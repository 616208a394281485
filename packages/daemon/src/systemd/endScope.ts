import type { RunId } from "@kugetsu/core/domain/Run"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect, Option } from "effect"
import { scopeOf } from "./agentScope.ts"
import { findService } from "./findService.ts"
import { SERVICE_VARIABLE } from "./serviceVariables.ts"
import { isReachable, systemctl } from "./Systemctl.ts"

/**
 * Ends all that is in the scope of a run whose supervisor died: also what dropped its environment and its parents, and is
 * found in no other way.
 */
export const endScope = Effect.fn("endScope")(function* (run: RunId) {
  const isService = Boolean((yield* HostEnvironment)[SERVICE_VARIABLE])
  if (!isService && Option.isNone(yield* findService)) return
  if (!(yield* isReachable)) return
  // most runs left nothing: then there is no such scope any more
  yield* systemctl("kill", "--signal=KILL", scopeOf(run)).pipe(
    Effect.catchTag("SystemdRefused", () => Effect.void),
    // the outcome must be recorded all the same
    Effect.catch((failure) => Effect.logWarning(failure.message)),
  )
})
