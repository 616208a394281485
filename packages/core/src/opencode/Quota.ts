import type { TurnReport } from "../domain/TurnReport.ts"
import type { ErrorEvent, TurnEvents } from "./TurnEvents.ts"
import type { TurnLog } from "./TurnLog.ts"

/** How providers say that their quota is used up, where no status says it: opencode's log has the words alone. */
const quotaWords =
  /too many requests|rate[-_ ]?limit|rate increased too quickly|quota|usage limit|limit reached|resource[-_ ]?exhausted|\b429\b/i

/** How big one request or answer may be: waiting changes nothing about that. A limit per day or minute is another. */
const sizeLimit =
  /\b((?:minute|hour|day|week|month|hourly|daily|weekly|monthly)[-_ ])?(?:(?:context|prompt|input|output|completion|response|maximum|max|window|length|size|tokens?)[-_ ])+limit(?:[-_ ](?:is|was|has been))?(?:[-_ ]reached)?/gi

/** Above the longest pause that opencode makes of itself: what is longer the provider asked for, in whatever words. */
const OWN_PAUSE_MS = 60_000

const speaksOfQuota = (message: string): boolean =>
  quotaWords.test(message.replace(sizeLimit, (whole, period?: string) => (period === undefined ? "" : whole)))

/**
 * Whether the provider refuses for its quota. The error that ended the turn decides; while opencode is still waiting to
 * try again, its log does, unless something happened since.
 */
export const quotaOf = (events: TurnEvents, log: TurnLog): TurnReport["quota"] => {
  if (events.error !== null) {
    return isQuota(events.error)
      ? { retry_after_s: headerWait(events.error) ?? bodyWait(events.error) ?? spokenWait(events.error.message) }
      : null
  }
  if (log.wait !== null && log.wait.at >= events.progressAt && log.wait.next - log.wait.at > OWN_PAUSE_MS) {
    const { at, next } = log.wait
    return { retry_after_s: Math.ceil((next - at) / 1000), again_at: new Date(next).toISOString() }
  }
  if (log.refusal === null || log.refusal.at < events.progressAt || !speaksOfQuota(log.refusal.message)) return null
  return { retry_after_s: spokenWait(log.refusal.message) }
}

const isQuota = ({ message, status }: ErrorEvent): boolean =>
  status === 429 || ((status === null || status === 403) && speaksOfQuota(message))

/** `retry-after` is seconds or a date; `retry-after-ms` is what some providers add. */
const headerWait = ({ at, headers }: ErrorEvent): number | null => {
  const header = (name: string) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  const ms = Number.parseFloat(header("retry-after-ms") ?? "")
  if (Number.isFinite(ms)) return ms / 1000
  const after = header("retry-after") ?? ""
  if (/^\d+(\.\d+)?$/.test(after.trim())) return finite(Number(after))
  const until = Date.parse(after)
  return Number.isNaN(until) ? null : Math.max(0, Math.ceil((until - at) / 1000))
}

/** Providers that put it into the body: a stretch of seconds, or a Unix time. */
const bodyWait = ({ at, body }: ErrorEvent): number | null => {
  const seconds = /"(?:retryDelay|retry_after|resets_in_seconds)"\s*:\s*"?(\d+(?:\.\d+)?)s?"?\s*[,}]/.exec(body)?.[1]
  if (seconds !== undefined) return finite(Number(seconds))
  const until = /"resets_at"\s*:\s*(\d+)\s*[,}]/.exec(body)?.[1]
  return until === undefined ? null : finite(Math.max(0, Math.ceil(Number(until) - at / 1000)))
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }
const span =
  /(\d+(?:\.\d+)?) ?(ms|milliseconds?|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?)(?![a-z])/gi
const spokenSpan = new RegExp(`(?:again|retry|reset|resets) (?:in|after) ((?:${span.source}[ ,]*)+)`, "i")

/** "Please try again in 6m30s", "It will reset in 2 hours 5 minutes". */
const spokenWait = (message: string): number | null => {
  const words = spokenSpan.exec(message)?.[1]
  if (words === undefined) return null
  return finite([...words.matchAll(span)].reduce((sum, [, amount, unit]) => sum + Number(amount) * secondsOf(unit!), 0))
}

/** Digits enough for no number say nothing, and fit into no record. */
const finite = (seconds: number): number | null => (Number.isFinite(seconds) ? seconds : null)

const secondsOf = (unit: string): number => {
  const lower = unit.toLowerCase()
  return unitSeconds[/^m(s|illi)/.test(lower) ? "ms" : lower.charAt(0)] ?? 0
}
