import { ExitCode } from "@kugetsu/core/domain/Failure"
import { Settings } from "@kugetsu/core/Settings"
import { ensureDirectory, touch } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { isAlive, signal } from "@kugetsu/core/system/ProcessTable"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Effect, Option, Schema } from "effect"
import type { DaemonRecord } from "./DaemonRecord.ts"
import { requireOutsideRun } from "./DaemonInsideRun.ts"
import { findDaemon } from "./findDaemon.ts"
import { DaemonRunning } from "./runDaemon.ts"
import { findService } from "./systemd/findService.ts"
import { isServiceDaemon, JOURNAL, startService, stopService } from "./systemd/serviceControl.ts"
import { isReachable } from "./systemd/Systemctl.ts"
import { withoutServiceVariables } from "./systemd/serviceVariables.ts"

/** The daemon did not come up, or did not end. */
export class DaemonStuck extends Schema.TaggedError<DaemonStuck>()("DaemonStuck", {
  what: Schema.String,
  log: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `the daemon ${this.what}`
  }
  get remedy() {
    return `Its log tells why: ${this.log}`
  }
}

const UP_LIMIT_MS = 15_000
const DOWN_LIMIT_MS = 35_000
const STEP_MS = 20

/**
 * Fails where a daemon could not come up: better before an old one was ended than after. systemd starts it outside of any
 * run.
 */
const requireStartable = Effect.fnUntraced(function* (service: Option.Option<string>) {
  if (Option.isNone(service)) yield* requireOutsideRun
  yield* (yield* Settings).load
  const { queue } = yield* KugetsuHome
  yield* ensureDirectory(queue.dir)
  yield* touch(queue.daemonStderr)
})

/** Starts a daemon that outlives this process, by systemd where it is installed there, and waits until it serves. */
export const startDaemon = Effect.gen(function* () {
  const service = yield* findService
  yield* requireStartable(service)
  const running = yield* findDaemon
  if (Option.isSome(running)) return yield* new DaemonRunning({ pid: running.value.daemon.pid })
  return yield* begin(service)
}).pipe(Effect.withSpan("DaemonControl.startDaemon"))

const begin = (service: Option.Option<string>) => (Option.isSome(service) ? startedService : launchDaemon)

const startedService = Effect.gen(function* () {
  yield* Effect.catchTag(
    startService,
    "SystemdRefused",
    ({ reason }) => new DaemonStuck({ what: `did not start under systemd (${reason})`, log: JOURNAL }),
  )
  const found = yield* until(findDaemon, Option.isSome, UP_LIMIT_MS)
  if (Option.isSome(found)) return found.value
  return yield* new DaemonStuck({ what: "did not stay", log: JOURNAL })
})

const launchDaemon = Effect.gen(function* () {
  const { queue, root } = yield* KugetsuHome
  const launched = yield* (yield* Processes).launch({
    argv: [...selfCommand(), "queue-daemon", "run", "--quiet"] as unknown as readonly [string, ...Array<string>],
    cwd: root,
    env: { ...withoutServiceVariables(yield* HostEnvironment), KUGETSU_DIR: root },
    stdin: null,
    stdout: "/dev/null",
    stderr: queue.daemonStderr,
    descriptors: [],
  })
  const isLaunched = (found: Option.Option<DaemonRecord>) =>
    Option.isSome(found) && found.value.daemon.pid === launched.pid
  // what an earlier one left there is replaced by the one that comes up, whatever it is
  const look = Effect.catchTag(findDaemon, "RecordUnreadable", () => Effect.succeedNone)
  const serves = Effect.flatMap(until(look, isLaunched, UP_LIMIT_MS), (found) =>
    Option.isSome(found) && isLaunched(found)
      ? Effect.succeed(found.value)
      : Effect.fail(new DaemonStuck({ what: "did not start in time", log: queue.daemonStderr })),
  )
  return yield* Effect.raceFirst(serves, Effect.flatMap(launched.exited, whyEnded))
})

/** Of two that are started at the same time one ends at once, for the other serves. */
const whyEnded = Effect.fnUntraced(function* (exit: { readonly code: number | null; readonly signal: string | null }) {
  const other = yield* findDaemon
  if (Option.isSome(other)) return yield* new DaemonRunning({ pid: other.value.daemon.pid })
  const { daemonStderr } = (yield* KugetsuHome).queue
  return yield* new DaemonStuck({
    what: `ended at once, by ${exit.signal ?? `exit code ${exit.code}`}`,
    log: daemonStderr,
  })
})

/** Ends the daemon in order; agents go on. None: none was running. */
export const stopDaemon = Effect.gen(function* () {
  const running = yield* findDaemon
  // one that has no daemon just now may be about to start one
  if (Option.isSome(yield* serviceOf(running))) yield* stopService
  if (Option.isSome(running)) yield* endDaemon(running.value)
  return running
}).pipe(Effect.withSpan("DaemonControl.stopDaemon"))

/**
 * The service that a daemon is ended and replaced by. None also where systemd is out of reach (after `su`, without
 * lingering) and the daemon is not its own: that one is a process like others.
 */
const serviceOf = Effect.fnUntraced(function* (running: Option.Option<DaemonRecord>) {
  const service = yield* findService
  if (Option.isNone(service) || Option.isNone(running) || isServiceDaemon(running.value)) return service
  return (yield* isReachable) ? service : Option.none<string>()
})

const endDaemon = Effect.fnUntraced(function* ({ daemon }: DaemonRecord) {
  signal(daemon, "SIGTERM")
  const look = Effect.sync(() => isAlive(daemon))
  const stays = yield* until(look, (alive) => !alive, DOWN_LIMIT_MS)
  if (stays) return yield* new DaemonStuck({ what: "did not end in time", log: (yield* KugetsuHome).queue.daemonLog })
})

/** Replaces the daemon, or starts one where none was running. */
export const restartDaemon = Effect.gen(function* () {
  const service = yield* serviceOf(yield* findDaemon)
  yield* requireStartable(service)
  yield* stopDaemon
  return yield* begin(service)
}).pipe(Effect.withSpan("DaemonControl.restartDaemon"))

/** Looks until it is as wanted, or the time is up; gives the last look. */
const until = <A, E, R>(look: Effect.Effect<A, E, R>, wanted: (seen: A) => boolean, limitMs: number) =>
  Effect.gen(function* () {
    for (let waited = 0; ; waited += STEP_MS) {
      const seen = yield* look
      if (wanted(seen) || waited >= limitMs) return seen
      yield* Effect.sleep(STEP_MS)
    }
  })
