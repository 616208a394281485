import {
  broughtUpToDate,
  Channel,
  dueOf,
  newChannel,
  nextAttempt,
  withFailed,
  withSent,
} from "@kugetsu/core/domain/Deliveries"
import { Notifications } from "@kugetsu/core/Notifications"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { keepWatch } from "@kugetsu/core/system/keepWatch"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Cause, Clock, Effect, Queue as Mailbox } from "effect"
import * as path from "node:path"
import { type DeliveryMemory, loadDeliveries } from "./DeliveryMemory.ts"
import { channelsOf, sendNotification } from "./sendNotification.ts"
import { attempted, tellTrouble } from "./trouble.ts"

/** Looks happen at least this often: a change of the configuration gives no hint. */
const LOOK_MS = 5000

/**
 * Sends notifications as the settings in force say, each once, beside all that the daemon does, and by no channel later
 * because another is slow. What was sent is recorded after it: when the daemon is killed in between, it is sent again
 * with the same id.
 */
export const deliverNotifications = Effect.fn("deliverNotifications")(function* (
  inForce: Effect.Effect<SettingsSnapshot | null>,
) {
  const { notifications, root } = yield* KugetsuHome
  const senders = yield* Effect.forEach(Channel.literals, (channel) =>
    Effect.map(Mailbox.sliding<void>(1), (hints) => ({ channel, hints })),
  )
  const hint = Effect.sync(() => {
    for (const { hints } of senders) Mailbox.offerUnsafe(hints, undefined)
  })
  const watched = [{ dir: root, names: [path.basename(notifications)] }]
  yield* Effect.forkScoped(keepWatch({ watched, ensure: ensureDirectory(root), changed: hint }))
  const memory = yield* untilLoaded
  return yield* Effect.forEach(
    senders,
    ({ channel, hints }) =>
      Effect.forever(
        Effect.gen(function* () {
          const next = yield* Effect.catchCause(deliverNext(channel, inForce, memory), (cause) =>
            Effect.as(tellTrouble(`notifications by ${channel}`, `notifications: ${Cause.pretty(cause)}`), null),
          )
          const untilNext = next === null ? LOOK_MS : next - (yield* Clock.currentTimeMillis)
          if (untilNext > 0) yield* Effect.timeoutOption(Mailbox.take(hints), Math.min(LOOK_MS, untilNext))
        }),
      ),
    { concurrency: "unbounded", discard: true },
  )
})

/** Nothing is sent before it is known what was sent. */
const untilLoaded = Effect.gen(function* () {
  for (;;) {
    const memory = yield* attempted("what notifications were sent", loadDeliveries)
    if (memory !== null) return memory
    yield* Effect.sleep(LOOK_MS)
  }
})

/** Sends one, by what is in force and told now. Gives when to look again (milliseconds since the epoch; null: whenever). */
const deliverNext = Effect.fn("deliverNotifications.next")(function* (
  channel: Channel,
  inForce: Effect.Effect<SettingsSnapshot | null>,
  memory: DeliveryMemory,
) {
  yield* memory.keep
  const settings = yield* inForce
  if (settings === null) return null
  const known = yield* memory.of(channel)
  if (!channelsOf(settings).includes(channel)) {
    // one that is configured again later begins anew
    if (known !== undefined) yield* memory.forget(channel)
    return null
  }
  const all = yield* (yield* Notifications).list
  const state = broughtUpToDate(known ?? newChannel(all), all, settings.verbosity)
  if (state !== known) yield* memory.set(channel, state)
  const now = yield* Clock.currentTimeMillis
  const [due] = dueOf(state, all, now)
  if (due === undefined) return nextAttempt(state)
  const sent = yield* Effect.result(sendNotification(channel, settings, due))
  if (sent._tag === "Success") {
    yield* memory.set(channel, withSent(state, due.id))
    return now
  }
  const failed = withFailed(state, due.id, yield* Clock.currentTimeMillis)
  const then = failed.givenUp ? "it is not tried again" : "it is tried again"
  yield* tellTrouble(`notification ${due.id}`, `${sent.failure.message}; ${then}: ${due.id}`)
  yield* memory.set(channel, failed.channel)
  // the others wait for a while, too: where this one failed they would fail as well
  return null
})
