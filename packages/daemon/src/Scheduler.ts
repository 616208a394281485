import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings, type SettingsSnapshot } from "@kugetsu/core/Settings"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { watchDirectory } from "@kugetsu/core/system/Watch"
import { Clock, Effect, Queue as Mailbox, Ref, Stream } from "effect"
import { cleanTrash } from "./cleanTrash.ts"
import { cleanUp } from "./cleanUp.ts"
import { forgeRounds } from "./forgeRounds.ts"
import { newRunMemory } from "./OpenRuns.ts"
import { newStartMemory } from "./startItems.ts"
import { tick, type TickState } from "./tick.ts"

/** Looks happen at least this often, whatever the hints say. */
const RESCAN_MS = 5000
/** A look that comes later than this counts as this late: in the time a machine sleeps nobody hangs. */
const LONGEST_STEP_MS = 2 * RESCAN_MS
/** Changes come in bursts. */
const DEBOUNCE_MS = 5
const CLEAN_UP_EVERY_MS = 3_600_000

/**
 * Ticks for ever: at once when the queue or a run's end says so, when time opens a gate, and now and then. A tick that
 * fails (a full disk, a broken record) is told and followed by the next.
 */
export const schedule = Effect.fn("Scheduler.schedule")(function* () {
  const hints = yield* Mailbox.sliding<void>(1)
  const hint = Effect.sync(() => Mailbox.offerUnsafe(hints, undefined))
  yield* Effect.forkScoped(Stream.runForEach((yield* Queue).wakeups, () => hint))
  yield* Effect.forkScoped(watchExits(hint))
  yield* Effect.forkScoped(forgeRounds)

  const settings = yield* Ref.make<SettingsSnapshot | null>(null)
  const state: TickState = { runs: newRunMemory(), starts: newStartMemory() }
  let lookedAt = performance.now()
  let cleanedAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const now = performance.now()
    const elapsedMs = Math.min(now - lookedAt, LONGEST_STEP_MS)
    lookedAt = now
    const wakeAt = yield* surviving(
      Effect.gen(function* () {
        const inForce = yield* settingsInForce(settings)
        if (inForce === null) return null
        if (now - cleanedAt >= CLEAN_UP_EVERY_MS) {
          yield* cleanUp(inForce)
          cleanedAt = now
          // by itself: a repository that is being cloned is locked for long
          yield* Effect.forkScoped(cleanTrash(inForce))
        }
        return yield* tick(inForce, state, elapsedMs)
      }),
    )
    const untilGate = wakeAt === null ? RESCAN_MS : Math.max(0, wakeAt - (yield* Clock.currentTimeMillis))
    yield* Effect.timeoutOption(Mailbox.take(hints), Math.min(RESCAN_MS, untilGate))
    yield* Effect.sleep(DEBOUNCE_MS)
  }
})

const surviving = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.catchCause(body, (cause) => Effect.as(Effect.logError("a tick failed", cause), null))

/** Read afresh at each tick; while the file is broken the last good one holds, and people are told once. */
const settingsInForce = Effect.fnUntraced(function* (last: Ref.Ref<SettingsSnapshot | null>) {
  const loaded = yield* Effect.result((yield* Settings).load)
  if (loaded._tag === "Success") {
    yield* Ref.set(last, loaded.success)
    return loaded.success
  }
  yield* Effect.logError(loaded.failure.message)
  const told = (yield* Notifications).tell({
    type: "config_broken",
    about: `config.${Bun.hash(loaded.failure.message).toString(36)}`,
    message: `${loaded.failure.message}; the last good configuration stays in force`,
    issueRef: null,
    url: null,
  })
  yield* Effect.catch(told, (failure) => Effect.logError(failure.message))
  return yield* Ref.get(last)
})

const watchExits = (hint: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const { exits } = yield* KugetsuHome
    yield* ensureDirectory(exits)
    const change = yield* watchDirectory(exits)
    for (;;) {
      yield* change(RESCAN_MS)
      yield* hint
    }
  }).pipe(
    Effect.scoped,
    Effect.catch((failure) => Effect.andThen(Effect.logWarning(failure.message), Effect.sleep(RESCAN_MS))),
    Effect.forever,
  )
