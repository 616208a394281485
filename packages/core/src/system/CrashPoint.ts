import { Effect } from "effect"
import * as fs from "node:fs"
import { HostEnvironment } from "./HostEnvironment.ts"
import { identityOf, signal } from "./ProcessTable.ts"

/**
 * Where the fault suite kills a process: at the point that `KUGETSU_CRASH_AT` names, as `kill -9` would. With
 * `KUGETSU_CRASH_ONCE=<file>` only the first process to come by dies. With `KUGETSU_CRASH_BY=standstill` it goes no
 * further there and lives on, as when it hangs. Without these variables it does nothing.
 */
export const crashPoint = (name: string): Effect.Effect<void> =>
  Effect.flatMap(HostEnvironment, (env) => {
    if (env.KUGETSU_CRASH_AT !== name || !mayCrash(env.KUGETSU_CRASH_ONCE)) return Effect.void
    if (env.KUGETSU_CRASH_BY === "standstill") return Effect.never
    const self = identityOf(process.pid)
    if (self !== null) signal(self, "SIGKILL")
    return Effect.void
  })

const mayCrash = (once: string | undefined): boolean => {
  if (once === undefined) return true
  try {
    fs.closeSync(fs.openSync(once, "wx", 0o600))
    return true
  } catch {
    return false // an earlier process died here
  }
}
