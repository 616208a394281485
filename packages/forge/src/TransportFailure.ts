import { Option, Schema } from "effect"

/** What stood between a question and its answer. Carries no secret. */
export class TransportFailure extends Schema.TaggedError<TransportFailure>()("TransportFailure", {
  reason: Schema.Literals(["unauthorised", "forbidden", "not_found", "rate_limited", "unavailable", "bad_answer"]),
  detail: Schema.String,
  /** The words of an error answer by themselves; null: it had none. */
  said: Schema.NullOr(Schema.String),
  /** The HTTP status of an error answer; null: there was none. */
  status: Schema.NullOr(Schema.Int),
  /** When the forge wants to be asked again, in milliseconds since the epoch; null: it did not say. */
  until: Schema.NullOr(Schema.Finite),
  /** The same question may well be answered a moment later. */
  transient: Schema.Boolean,
}) {
  override get message() {
    return this.detail
  }
}

/** Text of others as a `detail`: on one line, without control characters, not endless. */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, " ").slice(0, 300)

export const badAnswer = (detail: string) =>
  new TransportFailure({ reason: "bad_answer", detail, said: null, status: null, until: null, transient: false })

export const unavailable = (detail: string, transient: boolean) =>
  new TransportFailure({ reason: "unavailable", detail, said: null, status: null, until: null, transient })

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What an HTTP status other than success means; 404 is never more than "not found, or not for you". */
export const failureOf = (answer: ErrorAnswer): TransportFailure => {
  const said = messageIn(answer.body)
  const detail = `HTTP ${answer.status}${said === null ? "" : `: ${said}`}`
  const until = comeBackAt(answer)
  const fail = (reason: TransportFailure["reason"], transient: boolean) =>
    new TransportFailure({ reason, detail, said, status: answer.status, until, transient })
  switch (answer.status) {
    case 401:
      return fail("unauthorised", false)
    case 403:
      return isRateLimit(answer, said) ? fail("rate_limited", until !== null) : fail("forbidden", false)
    case 404:
    case 410:
      return fail("not_found", false)
    case 408:
      return fail("unavailable", true)
    case 429:
      return fail("rate_limited", until !== null)
    default:
      return answer.status >= 500 ? fail("unavailable", true) : fail("bad_answer", false)
  }
}

/** GitHub answers both of its limits with 403 as well as with 429. */
const isRateLimit = ({ headers }: ErrorAnswer, said: string | null): boolean =>
  headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after") || /rate limit/i.test(said ?? "")

const comeBackAt = ({ headers, now }: ErrorAnswer): number | null => {
  const retryAfter = headers.get("retry-after")
  if (retryAfter !== null) {
    if (/^\d{1,8}$/.test(retryAfter)) return now + Number(retryAfter) * 1000
    const date = Date.parse(retryAfter)
    if (Number.isFinite(date)) return date
  }
  const remaining = headers.get("x-ratelimit-remaining") ?? headers.get("ratelimit-remaining") ?? "0"
  const reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset")
  if (remaining !== "0" || reset === null || !/^\d{1,11}$/.test(reset)) return null
  // the forges count in seconds since the epoch, proxies in seconds from now
  return reset.length >= 10 ? Number(reset) * 1000 : now + Number(reset) * 1000
}

/** The forge's own words: `message` and `errors` (GitHub, Gitea), `message`, `error` and texts by field (GitLab). */
const messageIn = (body: string): string | null => {
  const answer = Option.getOrUndefined(decodeObject(body))
  if (answer === undefined) return null
  const texts = [answer["message"] ?? answer["error"], answer["errors"]].flatMap(textsIn)
  return texts.length === 0 ? null : [...new Set(texts)].join("; ")
}

/** Texts, lists of them, and objects of lists; of GitHub's objects only what is for people. */
const textsIn = (said: unknown): ReadonlyArray<string> => {
  if (typeof said === "string") return said.trim() === "" ? [] : [said]
  if (Array.isArray(said)) return said.flatMap(textsIn)
  if (typeof said !== "object" || said === null) return []
  return "message" in said ? textsIn(said.message) : Object.values(said).filter(Array.isArray).flatMap(textsIn)
}

const decodeObject = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))
