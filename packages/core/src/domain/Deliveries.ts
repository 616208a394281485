import { Schema } from "effect"
import type { ConfigValues } from "./Config.ts"
import type { Notification } from "./Notification.ts"
import { rankOfType } from "./withinLimit.ts"

/** The ways out for notifications. */
export const Channel = Schema.Literals(["command", "webhook"])
export type Channel = typeof Channel.Type

const ChannelDeliveries = Schema.Struct({
  /** The ids of what was sent, given up, left out, or told before the channel was configured, and is still kept. */
  done: Schema.Array(Schema.String),
  failing: Schema.Record(
    Schema.String,
    /** `not_before` in milliseconds since the epoch. */
    Schema.Struct({ attempts: Schema.Int, not_before: Schema.Finite }),
  ),
})
export type ChannelDeliveries = typeof ChannelDeliveries.Type

/** queue/deliveries.json: what has gone out of the notifications. */
export const Deliveries = Schema.Struct({
  version: Schema.Literal(1),
  command: Schema.optionalKey(ChannelDeliveries),
  webhook: Schema.optionalKey(ChannelDeliveries),
})
export type Deliveries = typeof Deliveries.Type

export const noDeliveries: Deliveries = { version: 1 }

/** Milliseconds until the next attempt after so many failed ones; the last of them is followed by none. */
const pauses = [5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600].map((seconds) => seconds * 1000)

/** In the rank of `rankOfType`: all, without the steps of tasks, without good ends. */
const lowestRank: Readonly<Record<ConfigValues["verbosity"], number>> = { verbose: 0, default: 2, quiet: 3 }

/** A channel that was configured when these had been told. */
export const newChannel = (told: ReadonlyArray<Notification>): ChannelDeliveries => ({
  done: told.map(({ id }) => id),
  failing: {},
})

/** What is to be sent now of a channel that is up to date, oldest first. `now` in milliseconds since the epoch. */
export const dueOf = (
  { done, failing }: ChannelDeliveries,
  notifications: ReadonlyArray<Notification>,
  now: number,
): ReadonlyArray<Notification> => {
  const gone = new Set(done)
  return notifications.filter(({ id }) => !gone.has(id) && (failing[id]?.not_before ?? 0) <= now)
}

export const withSent = (channel: ChannelDeliveries, id: string): ChannelDeliveries => ({
  ...channel,
  done: [...channel.done, id],
  failing: without(channel.failing, id),
})

/** With the time of the next attempt; after the last one it counts as done. */
export const withFailed = (
  channel: ChannelDeliveries,
  id: string,
  now: number,
): { readonly channel: ChannelDeliveries; readonly givenUp: boolean } => {
  const attempts = (channel.failing[id]?.attempts ?? 0) + 1
  const pause = pauses[attempts - 1]
  if (pause === undefined) return { channel: withSent(channel, id), givenUp: true }
  const failing = { ...channel.failing, [id]: { attempts, not_before: now + pause } }
  return { channel: { ...channel, failing }, givenUp: false }
}

/**
 * Without what is no longer among the notifications, and so can never be due again, and done with what this verbosity
 * leaves out: another one later sends nothing of the past. The same one when nothing is new.
 */
export const broughtUpToDate = (
  channel: ChannelDeliveries,
  notifications: ReadonlyArray<Notification>,
  verbosity: ConfigValues["verbosity"],
): ChannelDeliveries => {
  const told = new Set(notifications.map(({ id }) => id))
  const known = new Set(channel.done)
  const leftOut = notifications.filter(({ id, type }) => !known.has(id) && rankOfType(type) < lowestRank[verbosity])
  const done = [...channel.done.filter((id) => told.has(id)), ...leftOut.map(({ id }) => id)]
  const gone = new Set(done)
  const failing = Object.entries(channel.failing).filter(([id]) => told.has(id) && !gone.has(id))
  const isSame =
    leftOut.length === 0 &&
    done.length === channel.done.length &&
    failing.length === Object.keys(channel.failing).length
  return isSame ? channel : { ...channel, done, failing: Object.fromEntries(failing) }
}

/** Milliseconds since the epoch; null: nothing is waiting for its next attempt. */
export const nextAttempt = ({ failing }: ChannelDeliveries): number | null => {
  const times = Object.values(failing).map(({ not_before }) => not_before)
  return times.length === 0 ? null : Math.min(...times)
}

const without = <A>(record: Readonly<Record<string, A>>, key: string): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(record).filter(([other]) => other !== key))
