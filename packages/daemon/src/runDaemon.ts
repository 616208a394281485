import { ExitCode, type Failure } from "@kugetsu/core/domain/Failure"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { ensureDirectory, exists, replaceFile } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { adopt, type HeldLock, obtain, release } from "@kugetsu/core/system/Lock"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import { DateTime, Effect, Option, Ref, Schema } from "effect"
import { daemonFile } from "./DaemonRecord.ts"
import { journal } from "./Journal.ts"
import { schedule } from "./Scheduler.ts"
import { notifySystemd } from "./systemd/notifySystemd.ts"
import { rememberingTroubles, tellTrouble } from "./trouble.ts"

/** One daemon serves a home. */
export class DaemonRunning extends Schema.TaggedError<DaemonRunning>()("DaemonRunning", {
  pid: Schema.NullOr(Schema.Int),
}) {
  readonly code = ExitCode.busy
  override get message() {
    return `a daemon is running already${this.pid === null ? "" : ` (pid ${this.pid})`}`
  }
  get remedy() {
    return "`kugetsu queue-daemon status` tells more; `kugetsu queue-daemon restart` replaces it."
  }
}

const LOCK_LOOK_MS = 1000

/**
 * The daemon's program: schedules until it is interrupted. It owns no agents: they go on when it ends, and the next one
 * takes over where it was.
 */
export const runDaemon = Effect.fn("runDaemon")(function* (version: string) {
  const { queue } = yield* KugetsuHome
  yield* ensureDirectory(queue.dir)
  const lock = yield* Effect.acquireRelease(Effect.flatMap(holdLock, Ref.make), (held) =>
    Effect.flatMap(Ref.get(held), release),
  )
  const daemon = identityOf(process.pid)
  if (daemon === null) return yield* Effect.die(new Error("a running process has an identity"))
  const since = timestamp(yield* DateTime.now)
  const sayWho = Effect.andThen(
    daemonFile.replace(queue.daemon, { version: 1, daemon, kugetsu: version, since }),
    replaceFile(queue.daemonPid, `${process.pid}\n`),
  )
  yield* sayWho
  yield* journal({ event: "daemon_up", pid: process.pid, version })
  yield* Effect.logInfo(`kugetsu ${version} serves the queue as process ${process.pid}`)
  yield* notifySystemd("READY=1", `STATUS=kugetsu ${version} serves the queue`)
  return yield* Effect.ensuring(
    Effect.raceFirst(schedule(), keepLock(lock, sayWho)),
    Effect.andThen(
      notifySystemd("STOPPING=1"),
      Effect.ignore(journal({ event: "daemon_down", pid: process.pid, version })),
    ),
  )
}, Effect.scoped)

/**
 * The lock lies in a directory that people may delete, and a second daemon could then take the new one. Whoever has it
 * serves: this one takes it again, or fails.
 */
const keepLock = Effect.fnUntraced(function* <E extends Failure>(
  held: Ref.Ref<HeldLock>,
  sayWho: Effect.Effect<void, E>,
) {
  const { queue } = yield* KugetsuHome
  const look = Effect.gen(function* () {
    const lock = yield* Ref.get(held)
    if (Option.isNone(adopt(queue.daemonLock, lock.descriptor))) {
      yield* Ref.set(held, yield* holdLock)
      yield* release(lock)
    } else if ((yield* exists(queue.daemon)) && (yield* exists(queue.daemonPid))) return
    // without these nobody finds this daemon, or can end it
    yield* sayWho
  })
  return yield* look.pipe(
    Effect.catchIf(
      (failure) => !(failure instanceof DaemonRunning),
      (failure) => tellTrouble("daemon.lock", failure.message),
    ),
    Effect.andThen(Effect.sleep(LOCK_LOOK_MS)),
    Effect.forever,
    rememberingTroubles,
  )
})

/** A look at a free lock takes it for a moment: that is nobody's daemon. */
const LOOK_MS = 100

const holdLock = Effect.gen(function* () {
  const { queue } = yield* KugetsuHome
  const lock = yield* Effect.result(obtain(queue.daemonLock, { waitMs: LOOK_MS }))
  if (lock._tag === "Success") return lock.success
  if (lock.failure._tag === "HomeUnusable") return yield* lock.failure
  const record = yield* Effect.orElseSucceed(daemonFile.find(queue.daemon), () => Option.none())
  return yield* new DaemonRunning({
    pid: Option.match(record, { onNone: () => null, onSome: (one) => one.daemon.pid }),
  })
})
