import { warning, well } from "@kugetsu/core/domain/Finding"
import { listDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Effect, Option } from "effect"
import { findDaemon } from "./findDaemon.ts"

/** Whether the daemon serves, and whether it is of this version. */
export const checkDaemon = (version: string) => () =>
  Effect.gen(function* () {
    const { queue } = yield* KugetsuHome
    const found = Option.getOrNull(yield* findDaemon)
    if (found !== null) {
      const who = `it serves, as process ${found.daemon.pid}`
      return found.kugetsu === version
        ? [well("daemon", who)]
        : [
            warning(
              "daemon",
              `${who}, of kugetsu ${found.kugetsu}; this is ${version}`,
              "Run: kugetsu queue-daemon restart",
            ),
          ]
    }
    if (yield* isHeld(queue.daemonLock)) {
      const remedy = "Look again in a moment; if it stays so: kugetsu queue-daemon logs"
      return [warning("daemon", "somebody holds its lock, and does not serve yet", remedy)]
    }
    const waiting = (yield* listDirectory(queue.items)).filter((name) => /^[^.].*\.json$/.test(name)).length
    return waiting === 0
      ? [well("daemon", "it is not running, and nothing waits for it")]
      : [warning("daemon", `it is not running, and ${waiting} tasks wait for it`, "Run: kugetsu queue-daemon start")]
  })
