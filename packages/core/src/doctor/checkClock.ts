import { Clock, DateTime, Effect } from "effect"
import { timestamp } from "../domain/Timestamp.ts"
import { warning, well } from "../domain/Finding.ts"
import { listRuns } from "../listRuns.ts"
import { surveySessions } from "./checkSessions.ts"

/** Clocks of two machines that share a home may differ by as much, in milliseconds. */
const tolerance = 5 * 60_000

/** No record is from the future: a clock that was set back puts off what waits for a time. */
export const checkClock = Effect.fn("checkClock")(function* () {
  const now = yield* Clock.currentTimeMillis
  const { sessions } = yield* surveySessions
  const { runs } = yield* listRuns
  const times = [
    ...sessions.map(({ session }) => session.created_at),
    ...runs.map(({ requested_at }) => requested_at),
  ].map((time) => Date.parse(time))
  const latest = Math.max(...times.filter((time) => !Number.isNaN(time)), 0)
  const words = (time: number) => timestamp(DateTime.makeUnsafe(time))
  return latest > now + tolerance
    ? [warning("clock", `it is ${words(now)}, and there are records of ${words(latest)}`, "Check date and time zone.")]
    : [well("clock", `it is ${words(now)}`)]
})
