import {
  type Channel,
  type ChannelDeliveries,
  Deliveries,
  dueOf,
  newChannel,
  nextAttempt,
  noDeliveries,
  withFailed,
  withoutForgotten,
  withSent,
} from "@kugetsu/core/domain/Deliveries"
import type { Notification } from "@kugetsu/core/domain/Notification"
import { Notifications } from "@kugetsu/core/Notifications"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { jsonFile } from "@kugetsu/core/system/JsonFile"
import { keepWatch } from "@kugetsu/core/system/keepWatch"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Cause, Clock, Effect, Option, Queue as Mailbox, Ref } from "effect"
import * as path from "node:path"
import { channelsOf, sendNotification } from "./sendNotification.ts"
import { tellTrouble } from "./trouble.ts"

const record = jsonFile(Deliveries)

/** Looks happen at least this often: a change of the configuration gives no hint. */
const LOOK_MS = 5000

/**
 * Sends notifications as the settings in force say, each once, beside all that the daemon does. What was sent is recorded
 * after it: when the daemon is killed in between, it is sent again with the same id.
 */
export const deliverNotifications = Effect.fn("deliverNotifications")(function* (
  inForce: Effect.Effect<SettingsSnapshot | null>,
) {
  const { notifications, root } = yield* KugetsuHome
  const hints = yield* Mailbox.sliding<void>(1)
  const hint = Effect.sync(() => Mailbox.offerUnsafe(hints, undefined))
  const watched = [{ dir: root, names: [path.basename(notifications)] }]
  yield* Effect.forkScoped(keepWatch({ watched, ensure: ensureDirectory(root), changed: hint }))
  for (;;) {
    const settings = yield* inForce
    const round = settings === null ? Effect.succeed(null) : deliver(settings)
    const next = yield* Effect.catchCause(round, (cause) =>
      Effect.as(tellTrouble("notifications out", `notifications: a round failed: ${Cause.pretty(cause)}`), null),
    )
    const untilNext = next === null ? LOOK_MS : Math.max(0, next - (yield* Clock.currentTimeMillis))
    yield* Effect.timeoutOption(Mailbox.take(hints), Math.min(LOOK_MS, untilNext))
  }
})

/** Gives the time of the next attempt (milliseconds since the epoch), if there is one. */
const deliver = Effect.fn("deliverNotifications.round")(function* (settings: SettingsSnapshot) {
  const before = yield* load
  const configured = channelsOf(settings)
  // one that is configured again later begins anew
  const kept = Object.fromEntries(
    configured.flatMap((channel) => (before[channel] ? [[channel, before[channel]]] : [])),
  )
  const deliveries = yield* Ref.make<Deliveries>({ version: 1, ...kept })
  if (Object.keys(kept).length < Object.keys(before).length - 1) yield* keep(yield* Ref.get(deliveries))
  if (configured.length === 0) return null
  const all = yield* (yield* Notifications).list
  const times = yield* Effect.forEach(configured, (channel) => deliverBy(channel, settings, all, deliveries))
  return Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY))
})

const deliverBy = Effect.fnUntraced(function* (
  channel: Channel,
  settings: SettingsSnapshot,
  all: ReadonlyArray<Notification>,
  deliveries: Ref.Ref<Deliveries>,
) {
  const update = (state: ChannelDeliveries) =>
    Effect.flatMap(
      Ref.updateAndGet(deliveries, (before) => ({ ...before, [channel]: state })),
      keep,
    )
  const known = (yield* Ref.get(deliveries))[channel]
  let state = withoutForgotten(known ?? newChannel(all), all)
  if (known === undefined || state.done.length < known.done.length) yield* update(state)
  for (const notification of dueOf(state, all, settings.verbosity, yield* Clock.currentTimeMillis)) {
    const sent = yield* Effect.result(sendNotification(channel, settings, notification))
    if (sent._tag === "Success") state = withSent(state, notification.id)
    else {
      const failed = withFailed(state, notification.id, yield* Clock.currentTimeMillis)
      const then = failed.givenUp ? "it is not tried again" : "it is tried again"
      yield* tellTrouble(`notification ${notification.id}`, `${sent.failure.message}; ${then}: ${notification.id}`)
      state = failed.channel
    }
    yield* update(state)
  }
  return nextAttempt(state)
})

const load = Effect.gen(function* () {
  const found = yield* record.find((yield* KugetsuHome).queue.deliveries).pipe(
    // it says what need not be sent again; it is made anew, and all that is told from then on is sent
    Effect.catchTag("RecordUnreadable", ({ message }) => Effect.as(tellTrouble("deliveries", message), Option.none())),
  )
  return Option.getOrElse(found, () => noDeliveries)
})

const keep = Effect.fnUntraced(function* (deliveries: Deliveries) {
  const { queue } = yield* KugetsuHome
  yield* ensureDirectory(queue.dir)
  yield* record.replace(queue.deliveries, deliveries)
})
