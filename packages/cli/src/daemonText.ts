import type { DaemonRecord } from "@kugetsu/daemon/DaemonRecord"
import { Clock, Effect, Option } from "effect"
import { age, harmless } from "./display.ts"
import { Json } from "./flags.ts"
import { print, printJson } from "./terminal.ts"

/** The daemon as `--json` shows it. */
export const daemonJson = (daemon: Option.Option<DaemonRecord>) =>
  Option.match(daemon, {
    onNone: () => ({ running: false, pid: null, version: null, since: null }),
    onSome: ({ daemon, kugetsu, since }) => ({ running: true, pid: daemon.pid, version: kugetsu, since }),
  })

export const daemonText = (daemon: Option.Option<DaemonRecord>, now: number): string =>
  Option.match(daemon, {
    onNone: () => "not running",
    onSome: ({ daemon, kugetsu, since }) =>
      `running  pid ${daemon.pid}, kugetsu ${harmless(kugetsu)}, for ${age(since, now)}`,
  })

/** Prints that the daemon runs, and which one. */
export const answerDaemon = Effect.fnUntraced(function* (daemon: DaemonRecord) {
  const found = Option.some(daemon)
  yield* (yield* Json) ? printJson(daemonJson(found)) : print(daemonText(found, yield* Clock.currentTimeMillis))
})
