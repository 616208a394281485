import type { DaemonRecord } from "@kugetsu/daemon/DaemonRecord"
import { Clock, Effect, Option } from "effect"
import { age, harmless } from "./display.ts"
import { Json } from "./flags.ts"
import { print, printJson } from "./terminal.ts"
import { version } from "./version.ts"

/** The daemon as `--json` shows it. */
export const daemonJson = (daemon: Option.Option<DaemonRecord>) =>
  Option.match(daemon, {
    onNone: () => ({ running: false, pid: null, version: null, since: null, outdated: false }),
    onSome: ({ daemon, kugetsu, since }) => ({
      running: true,
      pid: daemon.pid,
      version: kugetsu,
      since,
      outdated: isOutdated(kugetsu),
    }),
  })

/** A daemon goes on as the program that it was started from, whatever was installed since. */
const isOutdated = (kugetsu: string): boolean => kugetsu !== version

export const daemonText = (daemon: Option.Option<DaemonRecord>, now: number): string =>
  Option.match(daemon, {
    onNone: () => "not running",
    onSome: ({ daemon, kugetsu, since }) =>
      `running  pid ${daemon.pid}, kugetsu ${harmless(kugetsu)}, for ${age(since, now)}${
        isOutdated(kugetsu) ? `; this is ${version}, take it with: kugetsu queue-daemon restart` : ""
      }`,
  })

/** Prints that the daemon runs, and which one. */
export const answerDaemon = Effect.fnUntraced(function* (daemon: DaemonRecord) {
  const found = Option.some(daemon)
  yield* (yield* Json) ? printJson(daemonJson(found)) : print(daemonText(found, yield* Clock.currentTimeMillis))
})
