import {
  type Channel,
  type ChannelDeliveries,
  Deliveries,
  newChannel,
  noDeliveries,
} from "@kugetsu/core/domain/Deliveries"
import { Notifications } from "@kugetsu/core/Notifications"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { jsonFile, type RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option, Ref, Semaphore, Struct } from "effect"
import { putAside } from "./putAside.ts"
import { attempted } from "./trouble.ts"

const record = jsonFile(Deliveries)

/** What has gone out, as this daemon knows it; the file is for the next one. */
export const loadDeliveries = Effect.gen(function* () {
  const { queue } = yield* KugetsuHome
  const found = yield* record.find(queue.deliveries).pipe(
    Effect.map(Option.getOrElse(() => noDeliveries)),
    Effect.map((known) => ({ known, onDisk: known })),
    Effect.catchTag("RecordUnreadable", (unreadable) =>
      Effect.map(begunAnew(unreadable), (known) => ({ known, onDisk: noDeliveries })),
    ),
  )
  const deliveries = yield* Ref.make<Deliveries>(found.known)
  const written = yield* Ref.make<Deliveries>(found.onDisk)
  const oneWriter = yield* Semaphore.make(1)

  const write = Effect.gen(function* () {
    const current = yield* Ref.get(deliveries)
    if (current === (yield* Ref.get(written))) return
    yield* ensureDirectory(queue.dir)
    yield* record.replace(queue.deliveries, current)
    yield* Ref.set(written, current)
  })
  /** Brings the file up to date. A failure is told, and made good by the next call. */
  const keep = Effect.asVoid(attempted("deliveries.json", oneWriter.withPermits(1)(write)))

  return {
    of: (channel: Channel) => Effect.map(Ref.get(deliveries), (all) => all[channel]),
    set: (channel: Channel, state: ChannelDeliveries) =>
      Effect.andThen(
        Ref.update(deliveries, (all) => ({ ...all, [channel]: state })),
        keep,
      ),
    forget: (channel: Channel) =>
      Effect.andThen(
        Ref.update(deliveries, (all): Deliveries => Struct.omit(all, [channel])),
        keep,
      ),
    keep,
  }
}).pipe(Effect.withSpan("DeliveryMemory.load"))
export type DeliveryMemory = Effect.Success<typeof loadDeliveries>

/** For all channels, so that those that are configured send what is told of the record. */
const begunAnew = Effect.fnUntraced(function* (unreadable: RecordUnreadable) {
  const all = yield* (yield* Notifications).list
  yield* putAside(
    unreadable,
    `of the ${all.length} notifications before this one, those that had not gone out by NOTIFY_COMMAND or ` +
      "NOTIFY_WEBHOOK_URL are not sent: `kugetsu notify list` shows them",
  )
  return { ...noDeliveries, command: newChannel(all), webhook: newChannel(all) }
})
