import { Settings } from "@kugetsu/core/Settings"
import { ensureDirectory, replaceFile } from "@kugetsu/core/system/Files"
import { cgroupOf } from "@kugetsu/core/system/procFiles"
import { Effect } from "effect"
import type { DaemonRecord } from "../DaemonRecord.ts"
import { systemctl } from "./Systemctl.ts"
import { unitFiles } from "./unitFiles.ts"
import { SERVICE, sliceText } from "./unitText.ts"

/** Where the service's own words are, beside the daemon's log. */
export const JOURNAL = `journalctl --user -u ${SERVICE}`

/** Whether systemd started this daemon as its service. */
export const isServiceDaemon = ({ daemon }: DaemonRecord): boolean =>
  cgroupOf(daemon.pid)?.endsWith(`/${SERVICE}`) === true

/** Waits until the daemon says that it serves. */
export const startService = Effect.gen(function* () {
  yield* writeSlice
  yield* systemctl("start", SERVICE)
})

/** Also ends the attempts of systemd to start it anew. Agents go on, in their scopes. */
export const stopService = Effect.asVoid(systemctl("stop", SERVICE))

/** What all agents may use together, as the config says it now. */
export const writeSlice = Effect.gen(function* () {
  const { dir, slice } = yield* unitFiles
  yield* ensureDirectory(dir)
  yield* replaceFile(slice, sliceText(yield* (yield* Settings).load))
  yield* systemctl("daemon-reload")
})
