import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings, type SettingsSnapshot } from "@kugetsu/core/Settings"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { keepWatch } from "@kugetsu/core/system/keepWatch"
import { Cause, Clock, Effect, Queue as Mailbox, Ref, Stream } from "effect"
import * as path from "node:path"
import { cleanTrash } from "./cleanTrash.ts"
import { cleanUp } from "./cleanUp.ts"
import { deliverNotifications } from "./deliverNotifications.ts"
import { forgeRounds } from "./forgeRounds.ts"
import { notifySystemd, watchdogMs } from "./systemd/notifySystemd.ts"
import { lookAnew, newTickState, tick } from "./tick.ts"
import { rememberingTroubles, tellTrouble } from "./trouble.ts"
import { untilRunChanges } from "./untilRunChanges.ts"

/** Looks happen at least this often, whatever the hints say. */
const RESCAN_MS = 5000
/** A look that comes later than this counts as this late: in the time a machine sleeps nobody hangs. */
const LONGEST_STEP_MS = 2 * RESCAN_MS
/** systemd hears of the daemon so often in the time it waits. */
const PARTS_OF_WATCHDOG = 3
/** Changes come in bursts. */
const DEBOUNCE_MS = 5
const CLEAN_UP_EVERY_MS = 3_600_000

/**
 * Ticks for ever: at once when the queue or a run's end says so, when time opens a gate, and now and then; at the
 * configured interval without trust in what was seen before. A tick that fails (a full disk, a broken record) is told and
 * followed by the next.
 */
export const schedule = Effect.fn("Scheduler.schedule")(function* () {
  const hints = yield* Mailbox.sliding<void>(1)
  const hint = Effect.sync(() => Mailbox.offerUnsafe(hints, undefined))
  yield* Effect.forkScoped(Stream.runForEach((yield* Queue).wakeups, () => hint))
  yield* Effect.forkScoped(watchExits(hint))

  const settings = yield* Ref.make<SettingsSnapshot | null>(null)
  yield* Effect.forkScoped(forgeRounds(Ref.get(settings)))
  yield* Effect.forkScoped(deliverNotifications(Ref.get(settings)))
  const state = newTickState()
  const patienceMs = Math.min(RESCAN_MS, ((yield* watchdogMs) ?? Number.POSITIVE_INFINITY) / PARTS_OF_WATCHDOG)
  let lookedAt = yield* monotonicMs
  let lookedAnewAt = lookedAt
  let cleanedAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const now = yield* monotonicMs
    const elapsedMs = Math.min(now - lookedAt, LONGEST_STEP_MS)
    lookedAt = now
    const inForce = yield* surviving(settingsInForce(settings))
    if (inForce !== null && now - lookedAnewAt >= inForce.queueIntervalMs) {
      yield* surviving(lookAnew(state))
      lookedAnewAt = now
    }
    const wakeAt = inForce === null ? null : yield* surviving(tick(inForce, state, elapsedMs))
    // after a look: what ended is settled before anything of it is forgotten
    if (inForce !== null && now - cleanedAt >= CLEAN_UP_EVERY_MS) {
      cleanedAt = now
      yield* surviving(cleanUp(inForce))
      // by itself: a repository that is being cloned is locked for long
      yield* Effect.forkScoped(cleanTrash(inForce))
    }
    // from here and from no timer: a loop that hangs is to be noticed
    yield* notifySystemd("WATCHDOG=1", `STATUS=${state.runs.goingOn.size} at work, ${state.starts.waiting} waiting`)
    const untilGate = wakeAt === null ? RESCAN_MS : Math.max(0, wakeAt - (yield* Clock.currentTimeMillis))
    const hinted = Effect.raceFirst(Mailbox.take(hints), untilRunChanges(state.runs.goingOn))
    yield* Effect.timeoutOption(hinted, Math.min(patienceMs, untilGate))
    yield* Effect.sleep(DEBOUNCE_MS)
  }
}, rememberingTroubles)

/** Goes on at its pace whatever becomes of the time of day. */
const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

const surviving = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.catchCause(body, (cause) =>
    Effect.as(tellTrouble("tick", `a look, or a clean-up, failed: ${Cause.pretty(cause)}`), null),
  )

/** Read afresh at each tick; while the file is broken the last good one holds, and people are told once. */
const settingsInForce = Effect.fnUntraced(function* (last: Ref.Ref<SettingsSnapshot | null>) {
  const loaded = yield* Effect.result((yield* Settings).load)
  if (loaded._tag === "Success") {
    yield* Ref.set(last, loaded.success)
    return loaded.success
  }
  yield* tellTrouble("config", loaded.failure.message)
  const told = (yield* Notifications).tell({
    type: "config_broken",
    about: `config.${Bun.hash(loaded.failure.message).toString(36)}`,
    message: `${loaded.failure.message}; the last good configuration stays in force`,
    issueRef: null,
    url: null,
  })
  yield* Effect.catch(told, (failure) => tellTrouble("config is told", failure.message))
  return yield* Ref.get(last)
})

const watchExits = (hint: Effect.Effect<unknown>) =>
  Effect.flatMap(KugetsuHome, ({ exits, queue }) => {
    const watched = [{ dir: exits }, { dir: queue.dir, names: [path.basename(exits)] }]
    return keepWatch({ watched, ensure: ensureDirectory(exits), changed: hint })
  })
