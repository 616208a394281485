import { ExitCode } from "@kugetsu/core/domain/Failure"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Processes } from "@kugetsu/core/system/Processes"
import { isAlive, signal } from "@kugetsu/core/system/ProcessTable"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Effect, Option, Schema } from "effect"
import { type DaemonRecord, daemonFile } from "./DaemonRecord.ts"
import { DaemonRunning } from "./runDaemon.ts"
import { RUN_VARIABLE } from "./RunLocks.ts"

/** The daemon did not come up, or did not end, in time. */
export class DaemonStuck extends Schema.TaggedError<DaemonStuck>()("DaemonStuck", {
  verb: Schema.Literals(["start", "end"]),
  log: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `the daemon did not ${this.verb} in time`
  }
  get remedy() {
    return `Its log tells why: ${this.log}`
  }
}

/** A daemon started inside an agent's run would die with the run. */
export class DaemonInsideRun extends Schema.TaggedError<DaemonInsideRun>()("DaemonInsideRun", { run: Schema.String }) {
  readonly code = ExitCode.refused
  override get message() {
    return `this is inside run ${this.run}, and what is started here ends with it`
  }
  get remedy() {
    return "Start the daemon from outside, as a person or a service."
  }
}

const UP_LIMIT_MS = 15_000
const DOWN_LIMIT_MS = 35_000
const STEP_MS = 20

/** The running daemon; None: nobody holds its lock. */
export const findDaemon = Effect.gen(function* () {
  const { queue } = yield* KugetsuHome
  if (!(yield* isHeld(queue.daemonLock))) return Option.none<DaemonRecord>()
  return Option.filter(yield* daemonFile.find(queue.daemon), ({ daemon }) => isAlive(daemon))
}).pipe(Effect.withSpan("DaemonControl.findDaemon"))

/** Starts a daemon that outlives this process, and waits until it serves. */
export const startDaemon = Effect.gen(function* () {
  const env = yield* HostEnvironment
  const { queue, root } = yield* KugetsuHome
  if (env[RUN_VARIABLE]) return yield* new DaemonInsideRun({ run: env[RUN_VARIABLE] })
  const running = yield* findDaemon
  if (Option.isSome(running)) return yield* new DaemonRunning({ pid: running.value.daemon.pid })
  yield* (yield* Processes).launch({
    argv: [...selfCommand(), "queue-daemon", "run"] as unknown as readonly [string, ...Array<string>],
    cwd: root,
    env: Object.fromEntries(
      Object.entries({ ...env, KUGETSU_DIR: root }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    ),
    stdin: null,
    stdout: "/dev/null",
    stderr: queue.daemonStderr,
    descriptors: [],
  })
  return yield* until(findDaemon, Option.isSome, UP_LIMIT_MS).pipe(
    Effect.flatMap(Effect.fromOption),
    Effect.catchTag("NoSuchElementError", () => Effect.fail(new DaemonStuck({ verb: "start", log: queue.daemonLog }))),
  )
}).pipe(Effect.withSpan("DaemonControl.startDaemon"))

/** Ends the daemon in order; agents go on. false: none was running. */
export const stopDaemon = Effect.gen(function* () {
  const { queue } = yield* KugetsuHome
  const running = yield* findDaemon
  if (Option.isNone(running)) return false
  signal(running.value.daemon, "SIGTERM")
  const left = yield* until(isHeld(queue.daemonLock), (held) => !held, DOWN_LIMIT_MS)
  if (left) return yield* new DaemonStuck({ verb: "end", log: queue.daemonLog })
  return true
}).pipe(Effect.withSpan("DaemonControl.stopDaemon"))

/** Looks until it is as wanted, or the time is up; gives the last look. */
const until = <A, E, R>(look: Effect.Effect<A, E, R>, wanted: (seen: A) => boolean, limitMs: number) =>
  Effect.gen(function* () {
    for (let waited = 0; ; waited += STEP_MS) {
      const seen = yield* look
      if (wanted(seen) || waited >= limitMs) return seen
      yield* Effect.sleep(STEP_MS)
    }
  })
