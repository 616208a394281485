import { exists, removeTree } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { requireOutsideRun } from "../DaemonInsideRun.ts"
import { installedUnit, isOfHome } from "./findService.ts"
import { isBooted, isReachable, systemctl } from "./Systemctl.ts"
import { unitFiles } from "./unitFiles.ts"
import { SERVICE } from "./unitText.ts"

/**
 * Ends the service and removes its unit and slice; agents go on. False: this home has none. Works also where no systemd
 * can be asked, which then has nothing running either.
 */
export const uninstallService = Effect.gen(function* () {
  yield* requireOutsideRun
  const { root } = yield* KugetsuHome
  const unit = yield* installedUnit
  if (Option.isNone(unit) || !isOfHome(unit.value, root)) return false
  const { service, slice, wanted } = yield* unitFiles
  const canAsk = (yield* isBooted) && (yield* isReachable)
  if (canAsk) yield* systemctl("disable", "--now", SERVICE)
  for (const file of [wanted, service, slice]) if (yield* exists(file)) yield* removeTree(file)
  if (canAsk) yield* systemctl("daemon-reload")
  return true
}).pipe(Effect.withSpan("uninstallService"))
