import { sendDatagram } from "@kugetsu/core/system/Datagram"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"

/** As sd_notify(3) has them. */
export type ServiceNews = "READY=1" | "STOPPING=1" | "WATCHDOG=1" | `STATUS=${string}`

/** Tells systemd how its service is; nothing where systemd did not start this process. */
export const notifySystemd = (...news: ReadonlyArray<ServiceNews>): Effect.Effect<void> =>
  Effect.flatMap(HostEnvironment, ({ NOTIFY_SOCKET: socket }) =>
    !socket || sendDatagram(socket, news.join("\n"))
      ? Effect.void
      : Effect.logWarning(`systemd could not be told ${news.join(", ")}: ${socket} takes no messages`),
  )

/** Of a loop that is at work for long: between what it does one after the other, and from no timer. */
export const tellAlive = notifySystemd("WATCHDOG=1")

/**
 * Within how many milliseconds systemd wants to hear from this process again, or else ends and restarts it; null: it
 * does not wait.
 */
export const watchdogMs: Effect.Effect<number | null> = Effect.map(HostEnvironment, (env) => {
  const micros = Number(env.WATCHDOG_USEC)
  const isMeant = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid)
  return isMeant && Number.isFinite(micros) && micros > 0 ? micros / 1000 : null
})
