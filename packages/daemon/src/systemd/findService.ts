import { readText } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { isBooted } from "./Systemctl.ts"
import { unitFiles } from "./unitFiles.ts"
import { environmentLine, SERVICE } from "./unitText.ts"

/** The text of the installed unit; None: there is none. */
export const installedUnit = Effect.flatMap(unitFiles, ({ service }) => readText(service))

/** Whether a unit is this home's, and not another's of the same person. */
export const isOfHome = (unit: string, root: string): boolean =>
  unit.split("\n").includes(environmentLine("KUGETSU_DIR", root))

/** The service by which systemd runs the daemon of this home; None: the daemon is a process like others. */
export const findService = Effect.gen(function* () {
  if (!(yield* isBooted)) return Option.none<string>()
  const { root } = yield* KugetsuHome
  return Option.map(
    Option.filter(yield* installedUnit, (unit) => isOfHome(unit, root)),
    () => SERVICE,
  )
})
