import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { isAlive } from "@kugetsu/core/system/ProcessTable"
import { Effect, Option } from "effect"
import { type DaemonRecord, daemonFile } from "./DaemonRecord.ts"

/** The running daemon; None: nobody holds its lock, or who holds it is only about to serve. */
export const findDaemon = Effect.gen(function* () {
  const { queue } = yield* KugetsuHome
  if (!(yield* isHeld(queue.daemonLock))) return Option.none<DaemonRecord>()
  return Option.filter(yield* daemonFile.find(queue.daemon), ({ daemon }) => isAlive(daemon))
}).pipe(Effect.withSpan("findDaemon"))
