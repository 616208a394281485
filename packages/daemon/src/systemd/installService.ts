import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Settings } from "@kugetsu/core/Settings"
import { ensureDirectory, replaceFile } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Effect, Option, Schema } from "effect"
import { requireOutsideRun } from "../DaemonInsideRun.ts"
import { installedUnit, isOfHome } from "./findService.ts"
import { ensureLinger } from "./linger.ts"
import { writeSlice } from "./serviceControl.ts"
import { onPath, servicePath } from "./servicePath.ts"
import { requireSystemd, systemctl } from "./Systemctl.ts"
import { unitFiles } from "./unitFiles.ts"
import { SERVICE, serviceText } from "./unitText.ts"

/** A person has one such service, and it is another home's. */
export class ServiceOfOtherHome extends Schema.TaggedError<ServiceOfOtherHome>()("ServiceOfOtherHome", {
  unit: Schema.String,
}) {
  readonly code = ExitCode.refused
  override get message() {
    return `${this.unit} serves another KUGETSU_DIR`
  }
  get remedy() {
    return "Remove it first, with that KUGETSU_DIR: kugetsu queue-daemon uninstall"
  }
}

/** Of the person's own environment: without them the daemon and opencode look elsewhere than the person does. */
const kept = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]

/**
 * Writes and enables the unit and the slice, with the PATH of this moment and this very program, and lets the person's
 * systemd linger where that is allowed. Safe to repeat. Starts nothing.
 */
export const installService = Effect.gen(function* () {
  yield* requireOutsideRun
  yield* requireSystemd
  const { root } = yield* KugetsuHome
  const files = yield* unitFiles
  const before = yield* installedUnit
  if (Option.isSome(before) && !isOfHome(before.value, root)) {
    return yield* new ServiceOfOtherHome({ unit: files.service })
  }
  const env = yield* HostEnvironment
  const { opencodeBin } = yield* (yield* Settings).load
  const PATH = yield* servicePath
  const own = kept.flatMap((name) => (env[name]?.startsWith("/") ? [[name, env[name]] as const] : []))
  yield* ensureDirectory(files.dir)
  yield* replaceFile(
    files.service,
    serviceText({
      command: [...selfCommand(), "queue-daemon", "run"],
      environment: { KUGETSU_DIR: root, PATH, ...Object.fromEntries(own) },
    }),
  )
  yield* writeSlice
  yield* systemctl("enable", SERVICE)
  const linger = yield* ensureLinger
  const wanted = ["git", opencodeBin ?? "opencode"]
  return {
    unit: files.service,
    path: PATH,
    linger,
    missing: wanted.filter((program) => onPath(program, PATH) === null),
  }
}).pipe(Effect.withSpan("installService"))
