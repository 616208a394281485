import { DateTime, Option } from "effect"

/** What `parseNotBefore` understands, for people. */
export const notBeforeForms =
  "a time (2026-11-21T09:00, with Z or an offset unless it is local) or a wait (30m, 2h, 1d12h)"

const timePattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i
const waitPattern = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/

/** The moment that was meant; None when the text is none. A time without an offset is local, a day alone its beginning. */
export const parseNotBefore = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> =>
  Option.orElse(parseTime(text), () => parseWait(text, now))

const parseTime = (text: string): Option.Option<DateTime.Utc> => {
  const [, year, month, day, time = "00:00", offset = ""] = timePattern.exec(text) ?? []
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return Option.none()
  return Option.map(DateTime.make(new Date(`${year}-${month}-${day}T${time}${offset.toUpperCase()}`)), DateTime.toUtc)
}

/** 30 February would be taken for 2 March. */
const isDay = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

const parseWait = (text: string, now: DateTime.Utc): Option.Option<DateTime.Utc> => {
  const parts = waitPattern.exec(text)
  if (parts === null || text === "") return Option.none()
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return Option.some(DateTime.add(now, { days, hours, minutes, seconds }))
}
